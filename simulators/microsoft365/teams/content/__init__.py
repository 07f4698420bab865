"""What a message holds, derived from its room, its number and its edition: the same each time, and nowhere stored."""
