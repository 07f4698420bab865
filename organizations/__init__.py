"""The partner's clients.

What lives here: the client organizations themselves and what is configured about each.
What lives elsewhere: people and rights in `accounts`; runs, snapshots, restores in `backups`.
"""
