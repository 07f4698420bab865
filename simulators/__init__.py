"""Pretend providers that speak real HTTP: a site of its own, for tests, demos and people who want to try.

What lives here: a simulated Microsoft 365 (`microsoft365/`) and Stripe (`stripe/`), started by `python -m simulators`.
What lives elsewhere: everything of the product. Neither side imports the other, so that either may be wrong alone.
README.md beside this file says how to start it and how to steer it.
"""
