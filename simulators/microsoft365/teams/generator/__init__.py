"""What teams and chats are born with. The same tenant and seed make the same ones, with the same ids."""
