"""Several processes as one: started together, logged with a prefix, restarted when they fall, stopped together."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from portal.launcher import processes

RESTARTS_A_MINUTE = 5
STOP_SECONDS = 10
_COLOURS = {
    "web": 36,
    "worker": 33,
    "backups": 93,
    "scheduler": 35,
    "relay": 34,
    "portico": 32,
    "simulator": 90,
    "days": 90,
}


class MemberKeepsFalling(Exception):
    """A process ended again and again; the message says which."""


def say(name: str, line: str) -> None:
    """Print one line with the name of who says it."""
    prefix = f"{name:<9} │"
    if sys.stdout.isatty():
        prefix = f"\033[{_COLOURS.get(name, 37)}m{prefix}\033[0m"
    print(f"{prefix} {line}", flush=True)


@dataclass
class Member:
    """One process of the family."""

    name: str
    command: list[str]
    environment: dict[str, str]
    # What the kernel sends when the launcher itself is killed.
    last_signal: int = signal.SIGTERM
    process: subprocess.Popen | None = None
    ends: list[float] = field(default_factory=list)


class Family:
    """The processes that together are the product. Dies with this process, however that ends."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment, self.folder = environment, folder
        self.members: list[Member] = []
        self.stopping = threading.Event()

    def start(
        self,
        name: str,
        command: list[str],
        *,
        last_signal: int = signal.SIGTERM,
        without: tuple[str, ...] = (),
        also: dict[str, str] | None = None,
    ) -> None:
        """Start one process and pass on what it prints; ``last_signal`` ends it should this process be killed.

        Its environment is the family's, less the settings named by ``without``, plus ``also``.
        """
        environment = {name: value for name, value in self.environment.items() if name not in without}
        member = Member(name, command, environment | (also or {}), last_signal)
        self.members.append(member)
        self._spawn(member)

    def check(self) -> None:
        """Start again who fell. Raises `MemberKeepsFalling`."""
        for member in self.members:
            if member.process.poll() is None:
                continue
            now = time.monotonic()
            member.ends = [*[end for end in member.ends if now - end < 60], now]
            if len(member.ends) > RESTARTS_A_MINUTE:
                raise MemberKeepsFalling(f"{member.name} ended {len(member.ends)} times within a minute.")
            say("portico", f"{member.name} ended with {member.process.returncode}; starting it again.")
            self._spawn(member)

    def stop(self) -> None:
        """Ask everybody to stop at the same time, wait, and end who does not."""
        self.stopping.set()
        running = [member.process for member in self.members if member.process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _spawn(self, member: Member) -> None:
        member.process = subprocess.Popen(
            member.command, cwd=self.folder, env=member.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            preexec_fn=processes.dying_with_parent(member.last_signal), start_new_session=True,
            text=True, errors="replace",
        )  # fmt: skip
        threading.Thread(target=self._pass_on, args=(member.name, member.process), daemon=True).start()

    def _pass_on(self, name: str, process: subprocess.Popen) -> None:
        for line in process.stdout:
            say(name, line.rstrip())
