"""What items hold, derived from their id, their edition and their recipe: the same every time, and stored nowhere."""
