"""Courses for the people of partners: lessons, a quiz at the end, a certificate.

What lives here: courses that ship with the product (`courses/`, read by `shipped.py`) and those that platform staff
writes in Django admin, what somebody has read and answered, certificates as rows and as PDF, and who is due again.
What lives elsewhere: rights in `accounts/roles.py`, Markdown and mails in `notifications`, the page of a PDF in
`printing`.
"""
