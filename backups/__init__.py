"""Backups: the engine, the vault, reports, search, restore and export will live here.

Today it is an empty floor: it holds the place in the import contracts, so that what comes is built on it.
What lives here: nothing yet. What lives elsewhere: the clients it works for in `organizations`, work queues in `jobs`.
"""
