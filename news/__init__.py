"""What the platform tells its partners.

What lives here: news written once by platform staff in Django admin (`admin.py`), read by partners' people on the
dashboard and its pages, and mailed by category to those who want it, in batches by the clock (`tasks.py`).
What lives elsewhere: who wants which newsletter and the words of the mail in `notifications`, rights in
`accounts/roles.py`, the dashboard itself in `portal`.
"""
