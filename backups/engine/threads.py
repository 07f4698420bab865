"""Threads that ask the database, and give their connections back when they end."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

_MEETING_SECONDS = 60


class DatabaseThreads(ThreadPoolExecutor):
    """``width`` threads, as a context manager; each has a connection to the database of its own."""

    def __init__(self, width: int, name: str) -> None:
        super().__init__(width, thread_name_prefix=name)
        self._width = width

    def __exit__(self, *_) -> None:
        # They meet so that every one of them takes part, and none closes twice while another never does.
        meeting = threading.Barrier(self._width)
        try:
            for _ in range(self._width):
                self.submit(_leave, meeting)
        except (RuntimeError, MemoryError):
            # There is no room for one more thread; nobody waits for it.
            meeting.abort()
            raise
        finally:
            self.shutdown(wait=True)


def _leave(meeting: threading.Barrier) -> None:
    try:
        meeting.wait(timeout=_MEETING_SECONDS)
    finally:
        # Whoever comes late to a meeting that was given up finds it broken, and leaves all the same.
        connection.close()
