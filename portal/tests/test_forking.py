import asyncio
import os
import threading

import pytest
from django.db import connection


def _server_process() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


async def _asked_in_a_child() -> int:
    """What a child reads that is forked while an event loop runs in the parent's thread."""
    told, telling = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(telling, b"%d" % _server_process())
        finally:
            os._exit(0)
    os.close(telling)
    with os.fdopen(told) as words:
        answer = words.read()
    os.waitpid(child, 0)
    return int(answer)


def _asked(found: list[int]) -> None:
    try:
        found += [_server_process(), asyncio.run(_asked_in_a_child()), _server_process()]
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_forked_process_talks_to_the_database_on_a_connection_of_its_own():
    found: list[int] = []
    # In a thread of its own: in that of the tests Playwright's loop may run, and two do not go together.
    thread = threading.Thread(target=_asked, args=(found,))
    thread.start()
    thread.join()

    before, in_the_child, after = found
    assert in_the_child != before
    # And what the parent had is still good.
    assert after == before
