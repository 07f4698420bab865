"""What `manage.py vault` does: one function a subcommand, each for one organization, yielding what to tell.

A told thing is a sentence for people and a dictionary for programs; `Told.is_damage` decides the exit code.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from uuid import UUID

from django.conf import settings

from backups.engine.deletion_checks import hold_on_account
from backups.vault import lookups
from backups.vault.chain import Head
from backups.vault.checking import Checked, Level, check
from backups.vault.collecting import Terms, collect
from backups.vault.configured import configured_root, configured_store
from backups.vault.erased_organizations import erase_organization, erased_at, finish_erasure
from backups.vault.erasing import erase_account, erase_objects
from backups.vault.errors import VaultError
from backups.vault.findings import Finding
from backups.vault.progress import ProgressLine
from backups.vault.rebuilding import rebuild
from backups.vault.recovering import recover
from backups.vault.recovery import write_sheet
from backups.vault.rewrapping import packs_of_older_epochs, wrap_packs_again
from backups.vault.root_keys import RootKeys
from backups.vault.rotation import begin_epoch, destroy_retired, rotate_root
from backups.vault.statistics import statistics_of
from backups.vault.stores.base import Store
from backups.vault.vault import Vault, create_vault, open_vault

NAMED_IN_SENTENCE = 10


@dataclass(frozen=True)
class Told:
    """One line of the answer."""

    sentence: str
    facts: dict = field(default_factory=dict)
    is_damage: bool = False


@dataclass
class Surroundings:
    """What every subcommand works with; store and root keys are opened when they are needed."""

    options: dict
    now: datetime
    line: ProgressLine
    read_passphrase: Callable[[], str]

    @cached_property
    def store(self) -> Store:
        return configured_store(self.options["store"])

    @cached_property
    def root(self) -> RootKeys:
        return configured_root(self.options["root_key"])

    def open(self, organization: UUID) -> Vault:
        return open_vault(organization, store=self.store, root=self.root)


def init(organization: UUID, around: Surroundings) -> Iterator[Told]:
    """Make the vault of an organization."""
    vault = create_vault(organization, store=around.store, root=around.root, now=around.now)
    yield Told(
        f"{organization} has a vault now. Print its recovery sheet with: vault recover sheet {organization}",
        {"epoch": vault.keys.epoch},
    )


def stats(organization: UUID, around: Surroundings) -> Iterator[Told]:
    """Tell the figures of a vault."""
    facts = statistics_of(organization)
    yield Told(
        f"{organization}: {facts['objects']:,} objects of {facts['accounts']:,} accounts in {facts['versions']:,}"
        f" versions; {_size(facts['version_bytes'])} kept in {_size(facts['pack_bytes'])} of {facts['packs']:,} packs,"
        f" {_size(facts['live_bytes'])} of it in use; commit {facts['commits']:,}, epoch {facts['epoch']}.",
        {**facts, "oldest_check": facts["oldest_check"] and facts["oldest_check"].isoformat()},
    )


def check_vault(organization: UUID, around: Surroundings) -> Iterator[Told]:
    """Check a vault on the levels that were asked for."""
    vault, options = around.open(organization), around.options
    levels = list(Level) if options["level"] == "all" else [Level[options["level"].upper()]]
    for level in levels:
        checked = Checked(level)
        findings = check(
            vault,
            level,
            now=around.now,
            checked=checked,
            progress=lambda done, total, level=level: around.line.tell(level.name.lower(), done, total),
            sample=options["sample"],
            seed=options["seed"],
        )
        for finding in findings:
            yield _told(finding, level)
        words = ", ".join(f"{number:,} {word.replace('_', ' ')}" for word, number in checked.counts.items())
        found = f"{checked.findings} findings" if checked.findings != 1 else "1 finding"
        facts = {"level": level.name.lower(), "findings": checked.findings, **checked.counts}
        yield Told(f"{organization}, {level.name.lower()}: {found}; {words}.", facts)


def rebuild_catalogue(organization: UUID, around: Surroundings) -> Iterator[Told]:
    """Make the catalogue from the store, or bring it up to it."""
    options = around.options
    rebuilt = rebuild(
        organization,
        store=around.store,
        root=around.root,
        now=around.now,
        expected=options["head"],
        over_gaps=options["over_gaps"],
        progress=around.line.tell,
    )
    yield from _of_rebuild(organization, rebuilt)


def rotate_root_key(organization: UUID, around: Surroundings) -> Iterator[Told]:
    """Wrap the key records of an organization with the newest root key."""
    changed = rotate_root(organization, store=around.store, root=around.root)
    words = f"{changed} key records wrapped again" if changed else "every key record was wrapped by the newest root key"
    yield Told(f"{organization}: {words}.", {"records": changed})


def rotate_epoch(organization: UUID, around: Surroundings) -> Iterator[Told]:
    """Give an organization a new master and wrap the keys of its packs again, or finish what broke off."""
    vault, left = around.open(organization), packs_of_older_epochs(organization)
    is_new = not left and not around.options["finish"]
    if is_new:
        vault = begin_epoch(vault, root=around.root, now=around.now)
    packs = wrap_packs_again(vault, now=around.now, progress=lambda *at: around.line.tell("keys", *at))
    destroyed = destroy_retired(vault, now=around.now)
    begun = f"epoch {vault.keys.epoch} has begun" if is_new else f"the rotation to epoch {vault.keys.epoch} went on"
    advice = f" Print a new recovery sheet: vault recover sheet {organization}" if is_new else ""
    yield Told(
        f"{organization}: {begun}; the keys of {packs:,} packs were wrapped again.{advice}",
        {"epoch": vault.keys.epoch, "is_new": is_new, "packs": packs, "destroyed_epochs": destroyed},
    )


def recovery_sheet(organization: UUID, around: Surroundings) -> Iterator[Told]:
    """Write the recovery sheet of an organization."""
    records = [record for record in lookups.key_records(organization) if record]
    around.open(organization)
    passphrase = around.read_passphrase()
    sheet = write_sheet(organization, records, around.root, passphrase, made_on=around.now.date())
    yield Told(sheet, {"sheet": sheet})


def recover_vault(around: Surroundings) -> Iterator[Told]:
    """Open a vault from its recovery sheet."""
    sheet = text_of(around.options["sheet"])
    rebuilt = recover(
        sheet,
        around.read_passphrase(),
        store=around.store,
        root=around.root,
        now=around.now,
        progress=around.line.tell,
    )
    yield from _of_rebuild(rebuilt.vault.organization, rebuilt)


def collect_garbage(organization: UUID, around: Surroundings) -> Iterator[Told]:
    """Free what nothing refers to; of an erased organization, what is left of it."""
    if erased_at(organization) is not None:
        left = finish_erasure(
            organization, store=around.store, root=around.root, now=around.now, progress=around.line.tell
        )
        yield Told(
            f"{organization} was erased: {left.removed:,} objects that were left of it are removed, {left.locked:,}"
            " wait for the end of their locks.",
            {"erased": True, "removed": left.removed, "locked": left.locked},
        )
        return
    collected = collect(
        around.open(organization),
        now=around.now,
        terms=Terms(grace=settings.VAULT_GRACE),
        over_gaps=around.options["over_gaps"],
        progress=around.line.tell,
    )
    for problem in collected.problems:
        yield _damage(problem)
    yield Told(
        f"{organization}: {collected.given_up:,} packs given up, {collected.packs_written:,} written in their place;"
        f" {collected.removed:,} packs with {_size(collected.removed_bytes)} removed, {collected.swept:,} leftovers"
        f" with {_size(collected.swept_bytes)} swept.",
        collected.as_json(),
    )


def erase(organization: UUID, around: Surroundings) -> Iterator[Told]:
    """Erase an organization, an account of it, or objects of an account, for good."""
    options = around.options
    if options["confirm"] != str(organization):
        raise VaultError(
            f"Erasing cannot be undone. Nothing was erased; say --confirm {organization} if that is what you mean."
        )
    if options["id"] and options["account"] is None:
        raise VaultError("Objects are named by their account and id. Nothing was erased; say --account too.")
    if held := hold_on_account(organization, options["account"]):
        raise VaultError(f"{held} Nothing was erased. An Administrator can lift the hold under Settings, Retention.")
    if options["account"] is None:
        certificate = erase_organization(
            organization, store=around.store, root=around.root, now=around.now, progress=around.line.tell
        )
    else:
        more = {
            "now": around.now,
            "over_gaps": options["over_gaps"],
            "grace": settings.VAULT_GRACE,
            "progress": around.line.tell,
        }
        vault = around.open(organization)
        certificate = (
            erase_objects(vault, options["account"], options["id"], **more)
            if options["id"]
            else erase_account(vault, options["account"], **more)
        )
    yield Told(
        f"{organization}: {certificate.objects:,} objects with {certificate.versions:,} versions were erased; the keys"
        f" of {certificate.packs:,} packs are destroyed.",
        certificate.as_json(),
    )


def seed_of(text: str) -> int:
    """Return a seed from a word, so that a drill can be repeated."""
    return random.Random(text).getrandbits(64)  # noqa: S311 - a sample


def head_of(text: str) -> Head:
    """Return the commit that somebody noted as NUMBER:SHA256. Raises ValueError."""
    number, _, digest = text.partition(":")
    return Head(int(number), bytes.fromhex(digest))


def _of_rebuild(organization: UUID, rebuilt) -> Iterator[Told]:
    for problem in rebuilt.problems:
        yield _damage(problem)
    counts = rebuilt.counts
    yield Told(
        f"{organization}: {counts['commits']:,} commits behind commit {rebuilt.before:,} were applied, with"
        f" {counts['packs']:,} packs, {counts['blobs']:,} blobs and {counts['versions']:,} versions.",
        {**counts, "before": rebuilt.before, "left_over": len(rebuilt.left_over)},
    )


def _told(finding: Finding, level: Level) -> Told:
    names = [f"{account} {one}" for account, one in finding.objects[:NAMED_IN_SENTENCE]]
    more = finding.total - len(names)
    listed = "; ".join(names) + (f"; and {more:,} more" if names and more else "")
    concerned = f" Concerned: {listed}." if names else ""
    return Told(
        f"{type(finding.problem).__name__}: {finding.problem}{concerned} {finding.readable}",
        {"level": level.name.lower(), **finding.as_json()},
        is_damage=True,
    )


def _damage(problem: VaultError) -> Told:
    facts = {"error": type(problem).__name__, "message": str(problem)}
    return Told(f"{facts['error']}: {problem}", facts, is_damage=True)


def text_of(path: Path) -> str:
    """Return what a file holds. Raises `VaultError` in words."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeError) as problem:
        raise VaultError(f"{path} cannot be read: {problem}. Nothing was changed.") from problem


def _size(number: int) -> str:
    return f"{number / 1e9:,.1f} GB" if number >= 1e8 else f"{number / 1e6:,.1f} MB"
