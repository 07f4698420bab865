"""restic and borg as somebody would use them: encrypted, compressed as fast as ours where they can be told to.

Everything else is at its defaults. restic of Debian has no faster compression than its own; borg gets the vault's.

Both are whole processes, start-up included; the folder they back up was just written, so it lies in memory for all.
"""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from backups.vault.codec import LEVEL

_PACKAGES = {"restic": "restic", "borg": "borgbackup"}
# What borg means by zstd without a level; the yardstick of size.
THOROUGH = 3


class ToolFailed(Exception):
    """The message has the tool's own last words."""


@dataclass(frozen=True)
class Took:
    """How long a process took, and its largest size."""

    seconds: float
    megabytes: float


def missing_packages() -> list[str]:
    """Return the Debian packages of the yardsticks that are not installed."""
    return [package for name, package in _PACKAGES.items() if not shutil.which(name)]


class Tool:
    """One tool with a repository of its own below ``work``; ``data`` is what it backs up."""

    name = ""

    def __init__(self, data: Path, work: Path) -> None:
        self.data, self.repository = data, work / self.name
        self.snapshots = 0
        self.erased: list[str] = []
        self._log = work / f"{self.name}.log"
        self._environment = os.environ | {
            "RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": str(work / "restic-cache"),
            "RESTIC_REPOSITORY": str(self.repository),
            "BORG_PASSPHRASE": "bench", "BORG_BASE_DIR": str(work / f"{self.name}-base"),
            "BORG_REPO": str(self.repository),
        }  # fmt: skip

    @property
    def bytes(self) -> int:
        """Return how many bytes the repository has."""
        return sum(file.stat().st_size for file in self.repository.rglob("*") if file.is_file())

    def begin(self) -> None:
        """Make a new, empty repository in place of the old one."""
        shutil.rmtree(self.repository, ignore_errors=True)
        self.snapshots = 0
        self._initialise()

    def remove(self) -> None:
        """Give the repository's room back."""
        shutil.rmtree(self.repository)

    def back_up(self) -> Took:
        """Take a snapshot."""
        self.snapshots += 1
        return self._back_up()

    def erase(self, account: str) -> Took:
        """Take an account out of every snapshot, and free its bytes."""
        raise NotImplementedError

    def _initialise(self) -> None:
        raise NotImplementedError

    def _back_up(self) -> Took:
        raise NotImplementedError

    def _run(self, *command: str | Path, into: Path | None = None) -> Took:
        # What others wrote before must not be flushed on this one's account.
        os.sync()
        with self._log.open("ab") as log, (into or self._log).open("wb" if into else "ab") as out:
            began = time.perf_counter()
            process = subprocess.Popen(command, cwd=self.data, env=self._environment, stdout=out, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            words = self._log.read_text("utf-8", "replace").strip().splitlines()[-1:]
            raise ToolFailed(f"{' '.join(map(str, command))} failed: {' '.join(words)}")
        # The kernel counts in KB.
        return Took(seconds, usage.ru_maxrss / 1024)


class Restic(Tool):
    name = "restic"

    def dump(self, path: Path, into: Path) -> Took:
        """Write one file as the newest snapshot has it."""
        return self._run("restic", "-q", "dump", "latest", f"/{path.relative_to(self.data)}", into=into)

    def check(self) -> Took:
        """Read and verify everything."""
        return self._run("restic", "-q", "check", "--read-data")

    def erase(self, account: str) -> Took:
        """Forget what holds the account, and give up every byte nothing refers to.

        Debian's restic cannot rewrite snapshots yet: the cheapest way is to take a new one without the account and to
        forget all others.
        """
        self.erased.append(account)
        without = [f"--exclude={self.data}/{one}" for one in self.erased]
        took = [
            self._run("restic", "-q", "backup", *without, "."),
            self._run("restic", "-q", "forget", "--keep-last", "1", "--prune", "--max-unused", "0"),
        ]
        return Took(sum(one.seconds for one in took), max(one.megabytes for one in took))

    def _initialise(self) -> None:
        self._run("restic", "-q", "init")

    def _back_up(self) -> Took:
        return self._run("restic", "-q", "backup", ".")


class Borg(Tool):
    name = "borg"
    level = LEVEL

    def erase(self, account: str) -> Took:
        """Write every archive anew without the account, and give up every byte nothing refers to."""
        took = [
            self._run("borg", "recreate", "--exclude", f"pp:{account}"),
            self._run("borg", "compact", "--threshold", "0"),
        ]
        return Took(sum(one.seconds for one in took), max(one.megabytes for one in took))

    def _initialise(self) -> None:
        self._run("borg", "init", "--encryption", "repokey-blake2")

    def _back_up(self) -> Took:
        return self._run("borg", "create", "--compression", f"zstd,{self.level}", f"::s{self.snapshots}", ".")


class ThoroughBorg(Borg):
    name = "thorough-borg"
    level = THOROUGH
