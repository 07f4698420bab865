"""What programs read about backups: the history of a client's status, and its users, sites and teams.

Clients themselves are in `organizations.api`; which key may ask is decided in `accounts.api_access`.
"""
