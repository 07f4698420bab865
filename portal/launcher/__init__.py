"""Running everything with one command, on a machine that has nothing but Python.

What lives here: the embedded PostgreSQL and Valkey (`servers.py`), the family of processes (`family.py`), and what
`up`, `test` and every other command need before they start (`commands.py`). In production none of this runs: there
the servers are one's own and named by settings.
"""
