"""The vault as a tool beside the others: a store below the same folder, rows in the benchmark's database."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connection

from portal.benchmarks.engine_tools import ToolFailed


@dataclass
class Ours:
    """Vaults below ``work``, each operation in a process of its own; ``peaks`` remembers the largest size of each."""

    data: Path
    work: Path
    organization: str = ""
    peaks: dict[str, float] = field(default_factory=dict)

    name = "vault"

    @property
    def store(self) -> Path:
        return self.work / "vault"

    @property
    def bytes(self) -> int:
        """Return how many bytes of the organization lie in the store."""
        return sum(file.stat().st_size for file in (self.store / self.organization).rglob("*") if file.is_file())

    def begin(self) -> None:
        """Go on with the vault of an organization that has none yet."""
        self.organization = str(uuid4())

    def do(self, operation: str, *, store: Path | None = None, **options) -> dict:
        """Do one operation of `engine_worker`; its answer has ``whole``, the seconds with start-up.

        Raises `ToolFailed`.
        """
        os.sync()
        began = time.perf_counter()
        answer = self._answer(operation, self._start(operation, store, options))
        return answer | {"whole": time.perf_counter() - began}

    def do_at_once(self, operation: str, *shares: dict) -> float:
        """Do an operation with each of several options at the same time, as workers do; return the seconds until the
        last one has ended, start-up included. Raises `ToolFailed`.
        """
        os.sync()
        began = time.perf_counter()
        processes = [self._start(operation, None, options) for options in shares]
        for process in processes:
            self._answer(operation, process)
        return time.perf_counter() - began

    def _start(self, operation: str, store: Path | None, options: dict) -> subprocess.Popen:
        asked = {"organization": self.organization, "store": str(store or self.store), **options}
        server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
        environment = os.environ | {
            "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
            "LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-m", "portal.benchmarks.engine_worker", operation, json.dumps(asked)]
        return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True)

    def _answer(self, operation: str, process: subprocess.Popen) -> dict:
        said = process.stdout.read()
        process.stdout.close()
        if failed := process.wait():
            raise ToolFailed(f"The vault's {operation} ended with {failed}; its last words stand above.")
        answer = json.loads(said)
        self.peaks[operation] = max(self.peaks.get(operation, 0), answer["megabytes"])
        return answer


def make_cursors() -> None:
    """Make the table in which the benchmark's jobs keep where their source's feeds stand."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_cursor (account text PRIMARY KEY, value text NOT NULL)")


def catalogue_bytes(tables: Iterable[str] = ("object", "version", "blob", "pack", "manifest", "commit")) -> int:
    """Return how many bytes the catalogue's tables and indexes take."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s) AS name",
            [[f"backups_vault{table}" for table in tables]],
        )
        return int(cursor.fetchone()[0])
