"""Teams of a simulated tenant: channels, tabs, apps, messages and chats.

`models/` rows, `generator/` what a team and the chats are born with, `content/` what a message holds (derived from its
room and number, never stored), `graph/` the calls, `mutations/` what happens later, `manifest.py` the ground truth.
"""
