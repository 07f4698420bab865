"""What can happen to a mailbox after its birth. `ledger.py` writes; `mail.py`, `calendar.py` and `contacts.py` hold the
operations, `registry.py` their names, `days.py` what a working day brings.
"""
