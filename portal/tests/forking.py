"""Pytest plugin: a process that a test forks begins without the database connections of its parent.

Closing them before the fork is not enough. While Playwright's event loop lives in the tests' thread, Django keeps the
connections of that thread in the loop's context; those from before the loop are out of sight, so nothing closes them,
and they come back into sight in the child, where no loop runs. Two children of one parent then read each other's
answers.
"""

import os

from django.db import connections


def _let_go() -> None:
    # Not closed: that would say goodbye in the parent's name. Psycopg drops what another process has opened silently.
    for each in connections.all(initialized_only=True):
        each.connection = None


os.register_at_fork(after_in_child=_let_go)
