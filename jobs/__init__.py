"""Work that must happen. The row is the truth; the queue only rings the bell.

What lives here: the `Job` row with lease and fence, asking (`requests.py`), claiming (`claims.py`), the relay and
the sweeper. What lives elsewhere: what the work *is*; other apps register it with `registry.job`. Knows ids and plain
values, no domain.
"""
