"""A backup that dies wherever a test wants it to: a job with a cursor, and the program that runs it.

    python -m backups.tests.kills          reads a run a line (JSON) and answers how it ended, a line each

Each run is a process of its own, forked from one that has imported everything, so that starting one takes a moment.
"""

import importlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import django

from backups.vault import faults

# What a job of the product has as a row: where its feed stands, with the commit that brought it there. ``handed`` says
# how much of the feed that commit has, which may be one step more than its cursor says.
CURSORS = """
    CREATE TABLE IF NOT EXISTS test_vault_cursor (
        organization uuid, commit bigint, position int NOT NULL, handed int NOT NULL,
        PRIMARY KEY (organization, commit))
"""


@dataclass(frozen=True)
class Run:
    """One process: which organization's feed it copies into which folder, and what happens to it."""

    organization: str
    folder: str
    ledger: str
    seed: int
    length: int
    # A commit every so many steps of the feed; the largest object's bytes.
    checkpoint: int
    largest: int = 20_000
    # "copy"; "collect", "erase account" and "erase organization", each ``hours`` from now;
    # "compare", which answers with what differs from the source; "furnish", for a database without tables.
    what: str = "copy"
    hours: int = 0
    # "pack.after_put:3", or "" for none.
    fault_point: str = ""
    # Seconds until it is killed wherever it is; 0 for never.
    patience: float = 0.0
    # The database's process, and the step at which it is killed: while the feed is read, or inside the next commit.
    database: int = 0
    database_dies_at: int = -1
    inside_commit: bool = False


@dataclass(frozen=True)
class Ended:
    """How a process ended: killed, with an error, or well; what it said is the error or the answer."""

    killed: bool
    failed: bool = False
    said: str = ""


class Killer:
    """The program, running; one run after the other."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process

    def run(self, run: Run) -> Ended:
        """Start the run as a process of its own and wait until it is over."""
        self.process.stdin.write(json.dumps(asdict(run)) + "\n")
        self.process.stdin.flush()
        return Ended(**json.loads(self.process.stdout.readline()))


@contextmanager
def killer(database_url: str) -> Iterator[Killer]:
    """Run the program on a database while the block lasts."""
    command = [sys.executable, "-m", "backups.tests.kills"]
    environment = os.environ | {"DATABASE_URL": database_url}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Killer(process)
        process.stdin.close()


class Job:
    """Copies everything the feed has behind the job's cursor, as a job of the product does."""

    def __init__(self, run: Run) -> None:
        self.run, self.organization = run, UUID(run.organization)
        self.handed = position_of(self.organization)
        self.ledger = os.open(run.ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def copy(self) -> None:
        """Read the feed to its end, a commit every checkpoint."""
        from backups.tests.killed_source import feed_of
        from backups.tests.vaults import ROOT
        from backups.vault.stores.local import LocalStore
        from backups.vault.vault import open_vault
        from backups.vault.writer import Writer

        run, steps = self.run, feed_of(self.run.seed, self.run.length, self.run.largest)
        vault = open_vault(self.organization, store=LocalStore(Path(run.folder), reserve=0), root=ROOT)
        # Steps are this writer's seconds.
        with Writer(vault, clock=lambda: self.handed, commit_seconds=run.checkpoint) as writer:
            for position in range(self.handed, len(steps)):
                writer.cursor(lambda at=position: self._save(at))
                self._hand_out(position)
                step = steps[position]
                if step.content is None:
                    writer.delete(step.account, step.external_id)
                else:
                    writer.put(step.account, step.external_id, step.content)
            writer.cursor(lambda: self._save(len(steps)))

    def _hand_out(self, position: int) -> None:
        os.write(self.ledger, b"%d\n" % position)
        self.handed = position + 1
        if not self.run.inside_commit:
            self._kill_database()

    def _save(self, position: int) -> None:
        from django.db import connection

        if self.run.inside_commit:
            self._kill_database()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO test_vault_cursor SELECT organization, head_number, %s, %s FROM backups_vaultorganization"
                " WHERE organization = %s"
                " ON CONFLICT (organization, commit) DO UPDATE SET position = EXCLUDED.position",
                [position, self.handed, self.organization],
            )

    def _kill_database(self) -> None:
        if self.run.database and self.handed > self.run.database_dies_at >= 0:
            os.kill(self.run.database, signal.SIGQUIT)


def position_of(organization: UUID) -> int:
    """Return where the job's cursor stands."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT max(position) FROM test_vault_cursor WHERE organization = %s", [organization])
        return cursor.fetchone()[0] or 0


def _main() -> None:
    django.setup()
    # Imported once, before the forks.
    importlib.import_module("backups.tests.killed_source")
    importlib.import_module("backups.tests.killed_tidying")
    importlib.import_module("backups.vault.writer")
    for line in sys.stdin:
        run = Run(**json.loads(line))
        told, telling = os.pipe()
        child = os.fork()
        if child == 0:
            _live(run, telling)
        os.close(telling)
        with os.fdopen(told) as words:
            status = _end_of(child, run.patience)
            ended = Ended(os.WIFSIGNALED(status), os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0, words.read())
        print(json.dumps(asdict(ended)), flush=True)


def _live(run: Run, telling: int) -> None:
    """Be the process of a run; never returns."""
    # Read when the module is loaded.
    os.environ["VAULT_FAULT_POINT"] = run.fault_point
    importlib.reload(faults)
    try:
        if run.what == "copy":
            Job(run).copy()
        elif run.what == "furnish":
            _furnish(run)
        elif run.what != "compare":
            from backups.tests.killed_tidying import do

            do(run)
        else:
            from backups.tests.killed_source import differences

            os.write(telling, json.dumps(differences(run)[:20]).encode())
    except BaseException as problem:
        os.write(telling, f"{type(problem).__name__}: {problem}".encode()[:4_000])
        os._exit(1)
    os._exit(0)


def _furnish(run: Run) -> None:
    """Make the vault's tables, the job's, and a vault."""
    from django.apps import apps
    from django.db import connection

    from backups.tests.vaults import make_vault

    with connection.schema_editor() as editor:
        for model in apps.get_app_config("backups").get_models():
            if model.__name__.startswith("Vault"):
                editor.create_model(model)
    with connection.cursor() as cursor:
        cursor.execute(CURSORS)
    make_vault(Path(run.folder), UUID(run.organization))


def _end_of(child: int, patience: float) -> int:
    """Wait for a process, for ``patience`` seconds if there are any, then kill it; return how it ended."""
    handle = os.pidfd_open(child)
    if patience and not select.select([handle], [], [], patience)[0]:
        os.kill(child, signal.SIGKILL)
    os.close(handle)
    return os.waitpid(child, 0)[1]


if __name__ == "__main__":
    _main()
