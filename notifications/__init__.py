"""Words that must arrive.

What lives here: every email as one function (`emails.py`), the outbox and its delivery, newsletter preferences and
unsubscribing, the development inbox. What lives elsewhere: when and why a mail is sent; other apps call a function.
Knows addresses and plain values, no domain; uses `jobs` to get its work done.
"""
