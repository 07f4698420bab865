"""Stores: where the vault's sealed objects lie, behind five methods.

What lives here: the contract (`base`); a folder (`local`, made of the operations in `files`, whose twin `power_loss`
can lose power); S3 (`s3`, `s3_versions`, `s3_body`, and `s3_requests` for what is signed by hand); two wrappers
(`retrying`, `faulty`); and `open`, which makes a store of an address.
What lives elsewhere: what the bytes mean. A store knows names and bytes, never an organization, a key or a pack.
"""
