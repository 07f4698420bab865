"""Who you are, what you may do, what you did.

What lives here: users, partners, memberships, invitations; the table of rights (`roles.py`), the gate (`access.py`),
the wall (`scoping.py`), sign-in at two doors, and the audit log (`audit.py`).
What lives elsewhere: client organizations in `organizations`, the words of mails in `notifications`.
"""
