"""Stores: where the vault's sealed objects lie, behind five methods.

What lives here: the contract (`base`), a folder (`local`, on the operations of `files`, whose twin `power_loss` can lose
power), S3 (`s3`, with `s3_requests` for what must be signed by hand), two wrappers (`retrying`, `faulty`) and `open`.
What lives elsewhere: what the bytes mean. A store knows names and bytes, never an organization, a key or a pack.
"""
