"""The roof: settings, URLs and the command line. It puts the apps together and is imported by none.

What lives here: settings and their loud readers, the launcher behind `manage.py up`, error pages, headers, health.
What lives elsewhere: people and rights in `accounts`, clients in `organizations`, mail in `notifications`,
work in `jobs`.
"""
