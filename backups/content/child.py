"""A bounded process that reads what strangers made: little memory, little time, no files, no network.

It is started with the first question and kept for the next ones, so that starting costs nothing most of the time. It is
ended and replaced when it takes too long, dies, or has answered many times. What it may do is set in `child_process`.
"""

import atexit
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEMORY = 1 << 30
SECONDS = 10
_STARTS_WITHIN = 60
# Libraries may keep a little of every document.
_ANSWERS_OF_ONE = 300
_ROOT = str(Path(__file__).resolve().parents[2])
_START = (
    "import sys; sys.path.append(sys.argv[1]); from backups.content.child_process import main; main(int(sys.argv[2]))"
)
READY = b"ready"
_LENGTHS = struct.Struct(">II")
# How the process ended, and what that says of the document; libraries without memory abort, those that crash do not.
_STATES = {-signal.SIGXCPU: "TOO_SLOW", -signal.SIGABRT: "TOO_MUCH_MEMORY", -signal.SIGKILL: ""}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the process said: a state of `documents.Extracted`, the text if it is DONE, and a word more."""

    state: str
    text: str = ""
    note: str = ""


def ask_child(question: dict[str, Any], content: bytes, *, seconds: int = SECONDS, memory: int = MEMORY) -> Answer:
    """Return the answer to a question about ``content``; one at a time, threads wait for each other.

    ``seconds`` are those of the processor. Never raises for what the content does to the process: that is its state.
    Raises `ReaderDidNotStart`, which is this machine's fault.
    """
    return _keeper.ask(question | {"seconds": seconds}, content, seconds, memory)


class ReaderDidNotStart(Exception):
    """The process that reads documents cannot be started; no document is to blame."""


class _Died(Exception):
    """The process ended without an answer."""


class _TookTooLong(Exception):
    """The process did not answer in time."""


class _Keeper:
    """Holds the one process that there is, and replaces it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def ask(self, question: dict[str, Any], content: bytes, seconds: int, memory: int) -> Answer:
        with self._lock:
            answer = self._ask(question, content, seconds, memory)
            # Somebody else ended it: that says nothing of this document, unless it happens again.
            return answer or self._ask(question, content, seconds, memory) or Answer("TOO_MUCH_MEMORY")

    def _ask(self, question: dict[str, Any], content: bytes, seconds: int, memory: int) -> Answer | None:
        child = self._ready(memory)
        try:
            answer = child.ask(question, content, time.monotonic() + 5 + 4 * seconds)
        except _TookTooLong:
            self.forget()
            return Answer("TOO_SLOW")
        except _Died:
            self._child = None
            state = _STATES.get(child.end(), "DAMAGED")
            return Answer(state) if state else None
        if answer.state == "TOO_MUCH_MEMORY":
            self.forget()
        return answer

    def forget(self) -> None:
        """End the process; the next question starts another one."""
        if self._child:
            self._child.end()
        self._child = None

    def let_go(self) -> None:
        """Start without a process in a fork: it belongs to the other one, and its lock may be held there."""
        self.__init__()

    def _ready(self, memory: int) -> "_Child":
        child = self._child
        if child and (child.memory != memory or child.answered >= _ANSWERS_OF_ONE or not child.is_alive()):
            self.forget()
        self._child = self._child or _Child(memory)
        return self._child


class _Child:
    def __init__(self, memory: int) -> None:
        self.memory, self.answered, self._said = memory, 0, b""
        # No environment: keys and addresses of servers are none of its business.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, _ROOT, str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
            bufsize=0,
        )
        self._in, self._out, self._errors = (
            stream.fileno() for stream in (self._process.stdin, self._process.stdout, self._process.stderr)
        )
        for number in (self._in, self._out, self._errors):
            os.set_blocking(number, False)
        try:
            self._read(len(READY), time.monotonic() + _STARTS_WITHIN)
        except (_Died, _TookTooLong) as problem:
            self.end()
            said = self._said.decode(errors="replace").strip().rpartition("\n")[2] or "it took too long"
            raise ReaderDidNotStart(f"The process that reads documents did not start: {said}") from problem

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: dict[str, Any], content: bytes, until: float) -> Answer:
        head = json.dumps(question).encode()
        self._write(_LENGTHS.pack(len(head), len(content)) + head, until)
        self._write(content, until)
        lengths = _LENGTHS.unpack(self._read(_LENGTHS.size, until))
        about = json.loads(self._read(lengths[0], until))
        text = self._read(lengths[1], until).decode()
        self.answered += 1
        return Answer(about["state"], text, about["note"])

    def end(self) -> int:
        """End the process if it still goes, and return how it ended, as `subprocess.Popen.returncode`."""
        self._process.kill()
        code = self._process.wait()
        self._hear()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            stream.close()
        return code

    def _write(self, content: bytes, until: float) -> None:
        rest = memoryview(content)
        while rest:
            self._wait_for(self._in, selectors.EVENT_WRITE, until)
            try:
                rest = rest[os.write(self._in, rest[: 1 << 20]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as problem:
                raise _Died from problem

    def _read(self, length: int, until: float) -> bytes:
        found = bytearray()
        while len(found) < length:
            self._wait_for(self._out, selectors.EVENT_READ, until)
            try:
                some = os.read(self._out, min(length - len(found), 1 << 20))
            except BlockingIOError:
                continue
            if not some:
                raise _Died
            found += some
        return bytes(found)

    def _wait_for(self, number: int, event: int, until: float) -> None:
        """Wait until the process reads or says something, and keep what it complains of meanwhile."""
        with selectors.DefaultSelector() as selector:
            selector.register(number, event)
            complaints = selector.register(self._errors, selectors.EVENT_READ)
            while True:
                ready = selector.select(until - time.monotonic())
                if not ready:
                    raise _TookTooLong
                if any(key.fd == number for key, _ in ready):
                    return
                if not self._hear():
                    selector.unregister(complaints.fd)

    def _hear(self) -> bool:
        """Keep the end of what there is of complaints; return whether more may come."""
        try:
            some = os.read(self._errors, 1 << 16)
        except BlockingIOError:
            return True
        self._said = (self._said + some)[-4_000:]
        return bool(some)


_keeper = _Keeper()
os.register_at_fork(after_in_child=_keeper.let_go)
atexit.register(_keeper.forget)
