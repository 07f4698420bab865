"""What can happen in drives, lists and on pages after their birth."""
