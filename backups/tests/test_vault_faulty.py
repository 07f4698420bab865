"""R4: whatever store or database do to Acme's backup, nobody is told that something is stored which is not."""

import subprocess
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from backups.tests.killed_source import ACCOUNTS, feed_of, state_after
from backups.tests.kills import Run, killer
from backups.tests.nights import of_a_night
from backups.tests.vaults import ACME, NOW, ROOT, contents_of, fixed_bytes, make_vault
from backups.vault import lookups
from backups.vault.checking import Level, check
from backups.vault.collecting import collect
from backups.vault.errors import (
    StoreFull,
    StoreProblem,
    StoreReadOnly,
    StoreSlow,
    StoreUnavailable,
    VaultError,
)
from backups.vault.stores.base import CutShort
from backups.vault.stores.faulty import METHODS, FaultyStore
from backups.vault.stores.local import LocalStore
from backups.vault.vault import Vault, create_vault, open_vault
from backups.vault.writer import Writer
from portal.launcher.servers import Postgres

db = pytest.mark.django_db(transaction=True)
soak = pytest.mark.soak
STEPS, CHECKPOINT = feed_of(11, 18, 6_000), 6
ERRORS = (StoreUnavailable, StoreSlow, StoreFull, StoreReadOnly, CutShort)


def _never(seconds: float) -> None:
    raise AssertionError("Nothing slow was ordered.")


@dataclass
class Work:
    """One night at Acme: a backup with its cursor, a check, a collection and a restore of everything."""

    folder: Path
    store: FaultyStore = field(init=False)
    # Where the source's feed stands; only a commit moves it.
    position: int = 0
    # What each accepted commit must give back.
    expected: dict[int, dict] = field(default_factory=lambda: {0: {}})

    def __post_init__(self) -> None:
        make_vault(self.folder)
        self.store = FaultyStore(LocalStore(self.folder, reserve=0), sleep=_never)

    @property
    def vault(self) -> Vault:
        return open_vault(ACME, store=self.store, root=ROOT)

    def back_up(self) -> None:
        """Copy what is behind the cursor. Ends without an error only if everything is committed."""
        handed = self.position

        def save(at: int) -> None:
            self.position = at
            self.expected[lookups.head(ACME)[0]] = state_after(STEPS, handed)

        with Writer(self.vault, clock=lambda: handed, commit_seconds=CHECKPOINT) as writer:
            for at in range(self.position, len(STEPS)):
                writer.cursor(lambda at=at: save(at))
                handed = at + 1
                step = STEPS[at]
                if step.content is None:
                    writer.delete(step.account, step.external_id)
                else:
                    writer.put(step.account, step.external_id, step.content)
            writer.cursor(lambda: save(len(STEPS)))

    def look_after(self) -> None:
        """Check and collect; a finding about a store that did not answer is the honest answer, and raised as such."""
        for level in (Level.LISTING, Level.CONTENT):
            for finding in check(self.vault, level, now=timezone.now()):
                raise finding.problem
        for problem in collect(self.vault, now=timezone.now()).problems:
            raise problem

    def differences(self) -> list[str]:
        """Restore every committed restore point and return those that are not what the source had then."""
        newest = lookups.head(ACME)[0]
        commits = {commit: state for commit, state in self.expected.items() if commit <= newest}
        return [f"commit {commit}" for commit, state in commits.items() if self._restored(commit) != state]

    def _restored(self, commit: int) -> dict[tuple[str, str], bytes]:
        return {
            (account, external_id): content
            for account in ACCOUNTS
            for external_id, content in contents_of(self.vault, account, commit).items()
        }

    def whole_night(self) -> list[str]:
        self.back_up()
        self.look_after()
        return self.differences()


@db
def test_wherever_one_call_of_the_store_fails_nothing_is_told_to_be_stored_that_is_not(tmp_path, record_property):
    recorded = Work(tmp_path / "recorded")
    assert recorded.whole_night() == []
    calls, outcomes = Counter(recorded.store.calls), Counter()

    for method in METHODS:
        for nth in range(1, calls[method] + 1):
            # Of an answer that is only read it makes no difference when it is lost.
            for is_late in (False, True) if method in ("put_if_absent", "delete") else (False,):
                error = ERRORS[nth % len(ERRORS)]
                outcomes[_one_call_fails(tmp_path / f"{method} {nth} {is_late}", method, nth, error, is_late)] += 1

    record_property("failed calls", sum(outcomes.values()))
    assert all(calls[method] >= 2 for method in ("put_if_absent", "get_range", "get", "list"))
    assert outcomes["told"] > 30
    assert outcomes.keys() <= {"told", "done in spite of it"}


def _one_call_fails(folder: Path, method: str, nth: int, error: type[StoreProblem], is_late: bool) -> str:
    """Let one call fail, and say whether the night ended with that; afterwards another night must be a good one."""
    _empty_catalogue()
    work = Work(folder)
    # Opened before the fault counts, as the recorded night was.
    work.store.fail(method, error("The disk reports an error."), at=nth, after_doing_it=is_late)
    try:
        found = work.whole_night()
    except VaultError:
        outcome = "told"
    else:
        # Nothing failed for whoever did not need that answer: all is as if it had been given.
        outcome = "done in spite of it"
        assert work.position == len(STEPS)
        assert found == []
    work.store.heal()
    assert work.differences() == [], (method, nth, error)
    assert work.whole_night() == [], (method, nth, error)
    assert work.position == len(STEPS)
    return outcome


def _empty_catalogue() -> None:
    with connection.cursor() as cursor:
        for model in _vault_models():
            cursor.execute(f"DELETE FROM {model._meta.db_table}")


def _vault_models():
    return [model for model in apps.get_app_config("backups").get_models() if model.__name__.startswith("Vault")]


@db
@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_wherever_one_answer_of_the_store_is_wrong_it_is_not_taken_for_right(tmp_path, damage):
    work = Work(tmp_path / "vault")
    work.back_up()
    work.store.heal()
    work.differences()
    reads, told = Counter(work.store.calls), 0

    for method in ("get_range", "get"):
        for nth in range(1, reads[method] + 1):
            work.store.heal()
            if damage == "cut":
                work.store.cut(method, at=nth)
            else:
                work.store.flip(method, bit=nth * 977, at=nth)
            try:
                assert work.differences() == []
            except VaultError:
                told += 1

    work.store.heal()
    assert work.differences() == []
    # Bits between the blobs of one answer are nobody's.
    assert told > reads["get_range"] * 0.9


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 64 MB, which only root can mount."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"A small disk cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def mounted(folder: Path, option: str, back: str):
    subprocess.run(["mount", "-o", f"remount,{option}", folder], check=True)
    yield
    subprocess.run(["mount", "-o", f"remount,{back}", folder], check=True)


def _vault_in(folder: Path) -> Vault:
    """Return a vault that may fill its disk to the last byte."""
    return create_vault(ACME, store=LocalStore(folder, create=True, reserve=0), root=ROOT, now=NOW)


def _films(chance: Random) -> dict[str, bytes]:
    """Return more than fits on the disk, in pieces of any size."""
    films, total, number = {}, 0, 0
    while total < 80 << 20:
        films[f"film {number}"] = fixed_bytes(f"{chance.random()}", chance.randrange(1, 9 << 20))
        total, number = total + len(films[f"film {number}"]), number + 1
    return films


def _put_all(vault: Vault, films: dict[str, bytes]) -> list[int]:
    with Writer(vault, commit_packs=1) as writer:
        for name, content in films.items():
            writer.put("drive/eva", name, content)
    return [accepted.number for accepted in writer.commits]


@db
@pytest.mark.parametrize("passes", [1, pytest.param(of_a_night(20), marks=soak, id="R4-night")])
def test_a_disk_that_fills_up_in_the_middle_of_a_pack_loses_nothing_that_was_committed(
    small_disk, passes, record_property
):
    full = Counter()
    for turn in range(passes):
        _empty_catalogue()
        store = small_disk / f"vault {turn}"
        vault, films = _vault_in(store), _films(Random(turn))

        with pytest.raises(StoreFull, match="safe"):
            _put_all(vault, films)
        kept = contents_of(vault, "drive/eva")
        full[len(kept) > 0] += 1
        assert {name: films[name] for name in kept} == kept
        assert list(check(vault, Level.CONTENT, now=timezone.now())) == []

        with mounted(small_disk, "size=300m", "size=300m"):
            _put_all(vault, films)
        assert contents_of(vault, "drive/eva") == films
        subprocess.run(["rm", "-r", store], check=True)
        with mounted(small_disk, "size=64m", "size=64m"):
            pass

    record_property("fill-ups", passes)
    assert full[True] >= passes * 0.5


@db
def test_a_store_that_became_read_only_is_told_and_still_read(small_disk):
    vault = _vault_in(small_disk / "vault")
    _put_all(vault, {"a": b"one"})

    with mounted(small_disk, "ro", "rw"):
        with pytest.raises(StoreReadOnly):
            _put_all(vault, {"b": b"two"})
        assert contents_of(vault, "drive/eva") == {"a": b"one"}
    _put_all(vault, {"b": b"two"})

    assert contents_of(vault, "drive/eva") == {"a": b"one", "b": b"two"}


@db
def test_a_slow_store_makes_commits_come_by_time_and_loses_nothing(tmp_path):
    seconds = [0.0]

    def take_long(pause: float) -> None:
        seconds[0] += pause

    vault, films = make_vault(tmp_path / "vault"), {f"film {n}": fixed_bytes(f"{n}", 5 << 20) for n in range(16)}
    store = FaultyStore(LocalStore(tmp_path / "vault", reserve=0), sleep=take_long)
    store.slow("put_if_absent", 45)

    with Writer(replace(vault, store=store), clock=lambda: seconds[0]) as writer:
        for name, content in films.items():
            writer.put("drive/eva", name, content)

    assert len(writer.commits) > 1
    assert contents_of(vault, "drive/eva") == films


@pytest.fixture
def own_database(tmp_path):
    """A PostgreSQL of this test's own, flushing as in production, with the vault's tables."""
    folder = tmp_path / "server"
    folder.mkdir(mode=0o711)
    for above in (tmp_path, *tmp_path.parents):
        if above.name.startswith("pytest-"):
            above.chmod(0o711)
    server = Postgres(folder / "data")
    server.start()
    yield server
    server.stop()


def test_a_database_that_restarts_in_the_middle_costs_a_checkpoint_and_nothing_else(own_database, tmp_path):
    run = Run(str(ACME), str(tmp_path / "vault"), str(tmp_path / "ledger"), 21, 60, 10)
    told = []
    with killer(own_database.url) as program:
        assert program.run(replace(run, what="furnish")).said == ""

        for dies_at in (3, 14, 25, 36, 47):
            for inside_commit in (False, True):
                dying = replace(
                    run, database=own_database.process.pid, database_dies_at=dies_at, inside_commit=inside_commit
                )
                told.append(program.run(dying))
                if told[-1].failed:
                    own_database.process.wait()
                    own_database.start()
                assert program.run(replace(run, what="compare")).said == "[]"

        ended = program.run(run)
        assert (ended.failed, ended.said) == (False, "")
        assert program.run(replace(run, what="compare")).said == "[]"

    failed = [one.said for one in told if one.failed]
    assert len(failed) >= 6
    assert [said for said in failed if not said.startswith("CatalogueUnavailable: ") or "is safe" not in said] == []
