"""Programs with keys, and what the API says to them."""
