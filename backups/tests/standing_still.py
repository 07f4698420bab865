"""Two connections that meet: work in a thread of its own, and a look whether somebody waits for somebody's lock."""

import threading
from contextlib import contextmanager

from django.db import connection

# A lock that nobody waits for is given up after so many looks, and the test fails.
_LOOKS = 3000


def wait_until_somebody_waits():
    """Return once another connection to the test's database waits for a lock."""
    with connection.cursor() as cursor:
        for _ in range(_LOOKS):
            cursor.execute(
                "SELECT pg_stat_clear_snapshot(), count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[1]:
                return
    raise AssertionError("Nobody waits.")


@contextmanager
def meanwhile(work):
    """Do ``work`` in a thread with a connection of its own, and raise at the end what it raised."""
    problems = []
    thread = _started(work, problems)
    try:
        yield
    finally:
        thread.join(20)
    for problem in problems:
        raise problem


def together(*works):
    """Run every work in a thread of its own, and return what went wrong."""
    problems = []
    threads = [_started(work, problems) for work in works]
    for thread in threads:
        thread.join(timeout=120)
    return problems


def _started(work, problems):
    """Start a thread with a connection of its own that notes in ``problems`` what ``work`` raised."""

    def run():
        try:
            work()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
