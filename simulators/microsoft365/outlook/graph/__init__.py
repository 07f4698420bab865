"""The calls of Exchange: `routes.py` lists them; each kind of resource has a file of its own."""
