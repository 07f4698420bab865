"""What can happen to teams and chats. Days are played when somebody next looks into a team."""
