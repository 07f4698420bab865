"""Talking to the providers. Connectors read and translate; they know no clock, no job and no row.

What lives here: the contract and its errors (`base`), the place that retries and waits (`http`), a package a service.
What lives elsewhere: what an answer means for our rows (`backups.engine`).
"""
