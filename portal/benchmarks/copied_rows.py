"""Thousands of rows that differ from one of their kind only where one says so, made by the database itself."""

from django.db import connection, models


def copy_row(row: models.Model, source: str, parameters: tuple = (), **columns: str) -> None:
    """Copy ``row``, called ``p``, once for each row ``s`` of ``source`` (SQL), with ``columns`` as expressions of it.

    ``parameters`` are those of ``source``. Every copy has a uuid of its own, if the table has such a column.
    """
    names = [field.column for field in row._meta.concrete_fields if not (field.primary_key or field.generated)]
    own = {"uuid": "gen_random_uuid()"} | columns
    values = ", ".join(own.get(name, f'p."{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    table = f'"{row._meta.db_table}"'
    with connection.cursor() as cursor:
        cursor.execute(
            # Names of our own columns, and expressions that tests and benchmarks spell out.
            f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {table} p, {source} s WHERE p.id = %s",  # noqa: S608
            [*parameters, row.pk],
        )
