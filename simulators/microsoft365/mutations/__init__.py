"""What can happen to a tenant after its birth. Every operation is one function, writes its lines into the change log,
and answers with the ids it touched.

`ledger.py` writes; `people.py`, `groups.py` and `sites.py` hold the operations; `registry.py` names them.
"""
