"""Pytest plugin: after a transactional test only those tables are emptied that hold something.

Django truncates every table and then writes its content types and permissions again: a tenth of a second for each of
hundreds of tests, most of which filled a dozen tables.
"""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import TransactionTestCase

# What Django writes after migrations, and what no test changes.
STAYS = {"django_content_type", "auth_permission"}
# Its rows cannot be deleted, only truncated.
APPEND_ONLY = "accounts_auditentry"
# Their own triggers refuse that rows are removed.
NEVER_REMOVED = "billing_"
# Deleted rows stay in a table until it is vacuumed; one that has grown would slow the tests that follow.
LARGE = 1_000_000


@pytest.fixture(scope="session", autouse=True)
def _tables_are_emptied_quickly() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda test: empty_tables())
        yield


def empty_tables() -> None:
    """Delete every row that tests have written; whoever still writes is waited for."""
    names = sorted(set(connection.introspection.django_table_names(only_existing=True)) - STAYS)
    with transaction.atomic(), connection.cursor() as cursor:
        # A test that filled ten thousand rows is not to blame for a machine that is slow to forget them.
        cursor.execute("SET LOCAL statement_timeout = 0")
        quoted = [connection.ops.quote_name(name) for name in names]
        cursor.execute(f"LOCK TABLE {', '.join(quoted)} IN EXCLUSIVE MODE")
        cursor.execute(
            "SELECT relname, pg_relation_size(oid) FROM pg_class"
            " WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%s) AND pg_relation_size(oid) > 0",
            [names],
        )
        sizes = dict(cursor.fetchall())
        is_large = max(sizes.values(), default=0) > LARGE
        if not is_large:
            _delete_rows(cursor, sorted(sizes))
    if is_large:
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


def _delete_rows(cursor, names: list[str]) -> None:
    for name in names:
        # Keys are checked at the commit, when all are gone: the order does not matter.
        how, quoted = "TRUNCATE" if name == APPEND_ONLY else "DELETE FROM", connection.ops.quote_name(name)
        if name.startswith(NEVER_REMOVED):
            cursor.execute(f"ALTER TABLE {quoted} DISABLE TRIGGER USER")
        cursor.execute(f"{how} {quoted}")
    for name in names:
        if name.startswith(NEVER_REMOVED):
            # Only once the keys were looked at can the table be changed again.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {connection.ops.quote_name(name)} ENABLE TRIGGER USER")
