"""Exchange of a simulated tenant: mail, calendars and contacts.

`models/` rows of mailboxes, `generator/` what a mailbox is born with, `content/` what an item holds (derived from its
id, never stored), `graph/` the calls, `mutations/` what happens later, `manifest.py` the ground truth.
"""
