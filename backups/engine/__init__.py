"""What provider answers mean for our rows: proving consents, discovering what can be protected.

What lives here: the work behind the jobs, in slices that end by themselves and go on from what is stored.
What lives elsewhere: how to ask a provider (`backups.connectors`); rules about rows (`organizations.actions`).
"""
