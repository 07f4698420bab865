"""Questions about everything an organization has, which must cost what it has and not its square.

The planner counts tables now and then, and of an organization that is new since it expects a single row. For joins of
whole sets it then takes one loop inside another, hours for a hundred thousand objects.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def joined_as_sets() -> Iterator[None]:
    """Let joins of this database session be made by hashing or sorting while the block lasts; may be nested.

    What can only be a loop, as a look-up of ids by a key, stays one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('enable_nestloop'), set_config('enable_nestloop', 'off', false)")
        before = cursor.fetchone()[0]
    try:
        yield
    finally:
        # A connection that is gone takes its settings with it, and so does a transaction that is taken back.
        if not connection.needs_rollback and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('enable_nestloop', %s, false)", [before])
