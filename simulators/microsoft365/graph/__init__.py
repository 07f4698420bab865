"""Microsoft Graph, as far as it is simulated: `door.py` answers, `routes.py` lists every call with its permissions
and price, and each kind of resource has a file of its own.
"""
