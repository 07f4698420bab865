"""What a database does by itself after a while, at once."""

from django.db import connection, models


def count_rows(*kinds: type[models.Model]) -> None:
    """Let the database count the rows of ``kinds``, which autovacuum does within minutes.

    Until then it plans for the few rows it last counted, and a question over ten thousand may take minutes.
    """
    with connection.cursor() as cursor:
        for kind in kinds:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(kind._meta.db_table)}")
