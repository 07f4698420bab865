"""Words that must arrive.

What lives here: every email as one function (`emails.py`), the outbox and its delivery, newsletter preferences and
unsubscribing, the development inbox; events for partners' own programs (`webhooks.py`), and the one client that calls
addresses which people typed (`outbound.py`). What lives elsewhere: when and why something is sent; other apps call a
function.
Knows addresses and plain values, no domain; uses `jobs` to get its work done.
"""
