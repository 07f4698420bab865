"""The source of a backup that is killed, its ledger, and the comparison of what the vault gives back with both.

The feed is the same for everybody who asks with the same seed. What it hands out is written into a ledger first, a file
beside the vault that outlives the process; nothing is compared with the portal's own tables.
"""

from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from uuid import UUID

from django.db import connection
from django.utils import timezone

ACCOUNTS = ("mail/eva", "mail/ida", "mail/ole")
_WORDS = "der die Termin offer invoice budget Grüße meeting attached Rechnung please review Anhang thanks".split()


@dataclass(frozen=True)
class Step:
    """One line of the feed; without content the object was deleted."""

    account: str
    external_id: str
    content: bytes | None


@lru_cache(maxsize=8)
def feed_of(seed: int, length: int, largest: int) -> tuple[Step, ...]:
    """Return a source's feed: new, changed, copied and deleted objects of three accounts; some are mails that carry
    attachments, some have no bytes at all.
    """
    chance, standing, steps = Random(seed), {}, []
    for number in range(length):
        kind = chance.random()
        key = (chance.choice(ACCOUNTS), f"object {number}")
        if standing and kind < 0.35:
            key = chance.choice(sorted(standing))
        if standing and kind < 0.10:
            content = None
        elif standing and 0.35 <= kind < 0.45:
            content = standing[chance.choice(sorted(standing))]
        else:
            content = _content(chance, largest)
        steps.append(Step(*key, content))
        if content is None:
            del standing[key]
        else:
            standing[key] = content
    return tuple(steps)


def state_after(steps: tuple[Step, ...], handed: int) -> dict[tuple[str, str], bytes]:
    """Return what stands at the source after so many steps."""
    standing = {(step.account, step.external_id): step.content for step in steps[:handed]}
    return {key: content for key, content in standing.items() if content is not None}


def handed_out(ledger: Path) -> list[int]:
    """Return the position of everything the source handed out, in order, repetitions included."""
    return [int(line) for line in ledger.read_text().split()] if ledger.exists() else []


def differences(run) -> list[str]:
    """Check the vault of a run, restore every restore point, and return in words what is not as at the source."""
    from backups.tests.vaults import ROOT
    from backups.vault import lookups
    from backups.vault.checking import Level, check
    from backups.vault.stores.local import LocalStore
    from backups.vault.vault import open_vault

    organization = UUID(run.organization)
    vault = open_vault(organization, store=LocalStore(Path(run.folder), reserve=0), root=ROOT)
    newest, steps = lookups.head(organization)[0], feed_of(run.seed, run.length, run.largest)
    found = [
        f"{level.name}: {finding.problem}"
        for level in (Level.LISTING, Level.CONTENT)
        for finding in check(vault, level, now=timezone.now())
    ]
    handed, read = _handed_at(organization), {}
    if newest != max(handed, default=0):
        found.append(f"The newest commit is {newest}, the newest cursor one of {max(handed, default=0)}.")
    for commit in range(newest + 1):
        if commit not in handed and commit:
            found.append(f"Commit {commit} counts without its cursor.")
        else:
            found += _restored(vault, commit, state_after(steps, handed.get(commit, 0)), read)
    # What stands now is what the newest commit says: nothing that was not committed can be seen.
    return found + list(_restored(vault, None, state_after(steps, handed.get(newest, 0)), read))


def _handed_at(organization: UUID) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT commit, handed FROM test_vault_cursor WHERE organization = %s", [organization])
        return {commit: handed for commit, handed in cursor.fetchall() if commit}


def _restored(
    vault, commit: int | None, expected: dict[tuple[str, str], bytes], read: dict[bytes, bytes]
) -> Iterator[str]:
    """Restore everything as of a commit and yield what is missing, wrong or too much.

    A version that several commits see is read once; ``read`` keeps its content, by its recipe.
    """
    from backups.vault import lookups
    from backups.vault.lookups import CatalogueIndex
    from backups.vault.reading import Reader

    reader, left = Reader(vault.keys, vault.store, CatalogueIndex(vault.organization)), dict(expected)
    for account in ACCOUNTS:
        for row in lookups.objects_of(vault.organization, account, commit):
            recipe = row.version.recipe
            if recipe not in read:
                read[recipe] = reader.read(row.version)
            if read[recipe] != left.pop((account, row.external_id), None):
                yield f"At commit {commit} {row.external_id} of {account} is not what the source had."
    yield from (f"At commit {commit} {external_id} of {account} is missing." for account, external_id in left)


def _content(chance: Random, largest: int) -> bytes:
    kind = chance.random()
    length = int(min(largest, 300 + chance.expovariate(5 / largest)))
    text = " ".join(chance.choices(_WORDS, k=length // 12)).encode()
    if kind < 0.05:
        return b""
    if kind < 0.5:
        return text
    if kind < 0.8:
        return chance.randbytes(length)
    attached = encodebytes(chance.randbytes(max(1_200, length // 2))).replace(b"\n", b"\r\n")
    header = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return b"Subject: Offer\r\n\r\n" + text + b"\r\n--b\r\n" + header + attached + b"--b--\r\n"
