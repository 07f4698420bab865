"""A pretend Microsoft 365: sign-in, consent, the directory and sites of Graph, with its limits, faults and moods.

What lives here: `models/` the tenants' rows and what changed; `generator/` who lives in them; `login/`, `graph/` and
`control/` the three doors; `delta.py`, `odata.py`, `throttle/`, `faults.py` the rules every route shares.
What lives elsewhere: the process around it, in `simulators/`.
"""
