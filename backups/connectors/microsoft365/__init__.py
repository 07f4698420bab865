"""Microsoft 365, through Microsoft Graph v1.0.

What lives here: tokens (`tokens`), the proof of a consent (`identity`), the one Graph client (`graph`), and a module a
kind of data. Paths and rules are those of Microsoft's Graph reference; each module names the page it follows.
"""
