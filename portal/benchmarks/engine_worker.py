"""Our side of the engine's benchmark: one operation a process, so that its largest size is its own.

    python -m portal.benchmarks.engine_worker back_up '{"organization": "…", "store": "…", …}'

What was measured is told in the answer, a line of JSON. Django is set up and the vault is open before the clock starts,
as in a worker.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median, quantiles
from uuid import UUID

import django

from portal.benchmarks.engine_small import Small

ROOT_KEY = bytes(range(32))
# How many objects of the growing vault an increment changes.
INCREMENT = 500


class Cursors:
    """Where the source's feeds stand: one row an account, written in the vault's own transaction."""

    def __init__(self) -> None:
        self.waiting: dict[str, str] = {}

    def close(self, account: str) -> None:
        """Remember that the feed of an account was read to its end."""
        self.waiting[account] = datetime.now(UTC).isoformat()

    def save(self) -> None:
        """Write what waits."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO bench_cursor VALUES (%s, %s) ON CONFLICT (account) DO UPDATE SET value = EXCLUDED.value",
                [*self.waiting.items()],
            )
        self.waiting = {}


@contextmanager
def stopwatch() -> Iterator[dict]:
    """Yield an answer that has its seconds at the end."""
    answer: dict = {}
    began = time.perf_counter()
    yield answer
    answer["seconds"] = time.perf_counter() - began


def back_up(organization: str, store: str, feed: str, data: str, share: int = 0, shares: int = 1) -> dict:
    """Take what a feed says into the vault, an account after the other, with its cursor.

    One of ``shares`` workers takes every so many-th account.
    """
    from backups.vault.writer import Writer
    from portal.benchmarks.vault_set import read_feed

    vault = opened(organization, store)
    with stopwatch() as answer:
        cursors, account = Cursors(), None
        with Writer(vault) as writer:
            for change in read_feed(Path(feed), share=share, shares=shares):
                if account not in (None, change.account):
                    cursors.close(account)
                    writer.cursor(cursors.save)
                account = change.account
                if change.path is None:
                    writer.delete(account, change.external_id)
                else:
                    writer.put(account, change.external_id, content_of(f"{data}/{change.path}"), change.note.encode())
            if account:
                cursors.close(account)
                writer.cursor(cursors.save)
        answer |= {"objects": sum(writer.outcomes.values()), "commits": len(writer.commits)}
    return answer


def make(organization: str, store: str) -> dict:
    """Make the vault of an organization, before several workers open it at once."""
    opened(organization, store)
    return {}


def content_of(path: str) -> bytes:
    """Return a file's content without the comforts that cost more than reading it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        return os.read(handle, os.fstat(handle).st_size)
    finally:
        os.close(handle)


def unchanged(organization: str, store: str, accounts: list[str]) -> dict:
    """Run while nothing changed: every account's feed is empty, and its cursor moves on."""
    from backups.vault.writer import Writer

    opened(organization, store)
    with stopwatch() as answer:
        cursors = Cursors()
        with Writer(opened(organization, store)) as writer:
            for account in accounts:
                cursors.close(account)
                writer.cursor(cursors.save)
    return answer


def one_object(organization: str, store: str, wanted: list[list[str]]) -> dict:
    """Read objects one by one as a page does, each with a reader of its own; ``wanted`` are [account, id, file]."""
    from backups.vault import ids, lookups
    from backups.vault.lookups import CatalogueIndex
    from backups.vault.reading import Reader

    vault, milliseconds = opened(organization, store), []
    for account, external_id, file in wanted:
        began = time.perf_counter()
        version = lookups.version_at(vault.organization, ids.object_id(vault.keys.object_key, account, external_id))
        content = Reader(vault.keys, vault.store, CatalogueIndex(vault.organization)).read(version)
        milliseconds.append((time.perf_counter() - began) * 1000)
        if content != Path(file).read_bytes():
            raise RuntimeError(f"{external_id} came back with other bytes.")
    # The first ones warm the connection up.
    return {"p95": quantiles(milliseconds[20:], n=20)[-1], "median": median(milliseconds[20:])}


def check(organization: str, store: str) -> dict:
    """Open every pack, decompress every blob, compute its id again and follow every reference."""
    from backups.vault.checking import Checked, Level
    from backups.vault.checking import check as check_vault

    vault, checked = opened(organization, store), Checked(Level.CONTENT)
    with stopwatch() as answer:
        findings = [*check_vault(vault, Level.CONTENT, now=datetime.now(UTC), checked=checked)]
    if findings:
        raise RuntimeError(f"The vault is not sound: {findings[0].problem}")
    return answer | checked.counts


def erase(organization: str, store: str, account: str) -> dict:
    """Erase an account and collect what nothing needs any more; afterwards the keys of what was erased are gone."""
    from backups.vault.collecting import collect as collect_garbage
    from backups.vault.erasing import erase_account

    vault = opened(organization, store)
    with stopwatch() as answer:
        erase_account(vault, account, now=datetime.now(UTC))
        collect_garbage(vault, now=datetime.now(UTC))
    return answer


def collect(organization: str, store: str) -> dict:
    """Mark what is live among everything, and give up the rest."""
    from backups.vault.collecting import collect as collect_garbage

    vault = opened(organization, store)
    with stopwatch() as answer:
        collect_garbage(vault, now=datetime.now(UTC))
    return answer


def rebuild(organization: str, store: str) -> dict:
    """Make the catalogue again from the store and the root key alone."""
    from django.db import connection

    from backups.vault.rebuilding import rebuild as rebuild_catalogue
    from backups.vault.root_keys import HeldRootKeys
    from backups.vault.stores.local import LocalStore

    with connection.cursor() as cursor:
        for table in ("object", "version", "blob", "pack", "manifest", "commit", "tombstone", "key", "organization"):
            cursor.execute(f"DELETE FROM backups_vault{table} WHERE organization = %s", [organization])  # noqa: S608
    kept, root = LocalStore(Path(store)), HeldRootKeys([ROOT_KEY])
    with stopwatch() as answer:
        rebuilt = rebuild_catalogue(UUID(organization), store=kept, root=root, now=datetime.now(UTC))
    if rebuilt.problems:
        raise RuntimeError(f"The catalogue is not whole: {rebuilt.problems[0]}")
    return answer | rebuilt.counts


def grow(organization: str, store: str, begin: int, end: int) -> dict:
    """Add small objects, as contacts and events are, a thousand an account."""
    from backups.vault.writer import Writer

    vault, small = opened(organization, store), Small()
    with stopwatch() as answer, Writer(vault) as writer:
        for number in range(begin, end):
            writer.put(*small.named(number), small.content(number))
    return answer


def increments(organization: str, store: str, objects: int, times: int) -> dict:
    """Change some objects of the many a few times; return the seconds of each time."""
    from backups.vault.writer import Writer

    vault, small, chance, seconds = opened(organization, store), Small(), Random(objects), []  # noqa: S311
    for turn in range(times):
        numbers = small.some(chance, objects, INCREMENT)
        changed = [(small.named(one), small.content(one, turn + 1)) for one in numbers]
        with stopwatch() as answer, Writer(vault) as writer:
            for name, content in changed:
                writer.put(*name, content)
        seconds.append(answer["seconds"])
    return {"seconds": median(seconds[1:]), "all": seconds}


def put_film(organization: str, store: str, size: int) -> dict:
    """Store one file that does not compress and does not fit into memory."""
    from backups.vault.writer import Writer
    from portal.benchmarks.engine_film import Film

    vault = opened(organization, store)
    with stopwatch() as answer, Writer(vault) as writer:
        writer.put("drive/film", "film", Film(size))
    return answer


def read_film(organization: str, store: str, size: int) -> dict:
    """Read it back and compare every byte."""
    from backups.vault import ids, lookups
    from backups.vault.lookups import CatalogueIndex
    from backups.vault.reading import Reader
    from portal.benchmarks.engine_film import Film

    vault, film = opened(organization, store), Film(size)
    version = lookups.version_at(vault.organization, ids.object_id(vault.keys.object_key, "drive/film", "film"))
    with stopwatch() as answer:
        read = 0
        for piece in Reader(vault.keys, vault.store, CatalogueIndex(vault.organization)).stream(version):
            if piece != film.exactly(len(piece)):
                raise RuntimeError(f"The film differs behind byte {read}.")
            read += len(piece)
    if read != size:
        raise RuntimeError(f"The film has {read} bytes and should have {size}.")
    return answer


def opened(organization: str, store: str):
    """Return the vault of an organization, made if there is none."""
    from backups.vault import lookups
    from backups.vault.root_keys import HeldRootKeys
    from backups.vault.stores.local import LocalStore
    from backups.vault.vault import create_vault, open_vault

    owner, root = UUID(organization), HeldRootKeys([ROOT_KEY])
    kept = LocalStore(Path(store), create=not Path(store).exists())
    if not lookups.key_records(owner):
        return create_vault(owner, store=kept, root=root, now=datetime.now(UTC))
    return open_vault(owner, store=kept, root=root)


def rows(organization: str, store: str) -> dict:
    """Write rows as a commit does, and the same rows by COPY alone."""
    from portal.benchmarks.engine_rows import compare

    return compare(opened(organization, store))


def real(organization: str, store: str, corpora: str) -> dict:
    """Store real mails and documents and read every one back."""
    from portal.benchmarks.engine_real import there_and_back

    return there_and_back(opened(organization, store), Path(corpora))


def largest_size() -> float:
    """Return how large this process was at most. What `wait` tells would count the parent's size before the start."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


_ALL = (
    rows, real, make, back_up, unchanged, one_object, check, erase, collect, rebuild, grow, increments, put_film,
    read_film,
)  # fmt: skip

if __name__ == "__main__":
    django.setup()
    operations = {one.__name__: one for one in _ALL}
    answer = operations[sys.argv[1]](**json.loads(sys.argv[2]))
    print(json.dumps(answer | {"megabytes": largest_size()}))
