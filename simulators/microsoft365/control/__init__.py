"""The control desk below /_sim/: make tenants, let things happen, break things, look behind the curtain.

It speaks JSON and knows no passwords: whoever reaches the simulator may steer it.
"""
