"""What files hold, derived from (id, edition): documents people can read, noise, and very big files without end."""
