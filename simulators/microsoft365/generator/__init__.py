"""Makes tenants: who works there, in which groups, with which sites, and what a working day brings.

The same seed, size and domain make the same people with the same ids.
"""
