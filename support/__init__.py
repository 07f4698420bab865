"""Whom to ask, and what was asked: "My Contacts" and support tickets.

What lives here: contacts, tickets with their messages and attachments, mails that are answered (`receiving.py`), and
the platform staff's queue (`admin.py`, `desk.py`).
What lives elsewhere: the words of mails in `notifications`, rights in `accounts/roles.py`, reading mails of any quality
in `backups/content`.
"""
