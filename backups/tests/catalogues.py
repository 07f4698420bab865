"""The catalogue of one organization as plain rows, to be compared with what a rebuild makes of it."""

from pathlib import Path

from django.db import connection

from backups.tests.vaults import BOLT, EVAS_MAIL, back_up, fixed_bytes, mail_with, make_vault
from backups.vault.vault import Vault
from backups.vault.writer import Writer

IDAS_MAIL = "mail/ida"
PHOTO = fixed_bytes("photo", 40_000)

# When a row was made, or a pack last checked, only the database that was lost could know.
ONLY_THE_DATABASE_KNOWS = {"created_at", "retired_at", "destroyed_at", "checked_at", "key_destroyed_at"}
TABLES = ("organization", "key", "commit", "manifest", "tombstone", "pack", "blob", "object", "version")


def vault_with_everything(folder: Path) -> Vault:
    """Return Acme's vault with everything a catalogue can hold: versions that changed, ended and came back."""
    vault = make_vault(folder)
    back_up(vault, EVAS_MAIL, {f"eva {number}": b"Dear Ida, " * number for number in range(40)})
    back_up(vault, IDAS_MAIL, {"offer": mail_with(PHOTO), "film": fixed_bytes("film", 3_000_000), "empty": b""})
    with Writer(vault) as writer:
        writer.put(EVAS_MAIL, "eva 1", b"changed", b"note")
        writer.delete(EVAS_MAIL, "eva 2")
        writer.put(IDAS_MAIL, "copy", mail_with(PHOTO, subject="Fwd"))
    with Writer(vault) as writer:
        writer.put(EVAS_MAIL, "eva 2", b"came back")
    make_vault(folder, BOLT)
    return vault


def rows_of(organization, *tables, but=()):
    """Return {table: sorted rows} of the vault's tables without what only a database knows."""
    left_out = ONLY_THE_DATABASE_KNOWS | set(but)
    return {table: _rows(f"backups_vault{table}", organization, left_out) for table in tables or TABLES}


def forget(organization):
    """Drop every row of an organization, as if the database were new."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM backups_vault{table} WHERE organization = %s", [organization])


def copy_of(organization):
    """Return every row as it is, to be put back with `put_back`: yesterday's copy of the database."""
    copies = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT t.* FROM backups_vault{table} t WHERE organization = %s", [organization])
            copies[table] = [column.name for column in cursor.description], cursor.fetchall()
    return copies


def put_back(organization, copies):
    """Make the catalogue what it was when `copy_of` was taken."""
    forget(organization)
    with connection.cursor() as cursor:
        for table, (columns, rows) in copies.items():
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO backups_vault{table} ({', '.join(columns)}) VALUES ({places})", rows)


def _rows(table, organization, left_out):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t.* FROM {table} t WHERE organization = %s", [organization])
        columns = [column.name for column in cursor.description]
        kept = [place for place, column in enumerate(columns) if column not in left_out]
        rows = [tuple((columns[place], _plain(row[place])) for place in kept) for row in cursor.fetchall()]
    return sorted(rows, key=repr)


def _plain(value):
    return bytes(value) if isinstance(value, memoryview) else value
