"""The calls of Graph about teams, channels, messages and chats."""
