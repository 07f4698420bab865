"""Processes of the product, forked from a warm one: several at the same moment, some that are killed or frozen."""

import multiprocessing
import os
import select
import signal
import traceback
from collections.abc import Callable, Sequence

from django.db import connections

_fork = multiprocessing.get_context("fork")
# Longer than anything here takes on the slowest machine, and shorter than anybody waits for a suite that hangs.
_PATIENCE = 120


def all_at_once(count: int, work: Callable, arguments: Sequence) -> list[list]:
    """Let ``count`` processes do ``work`` with one argument after the other, each at the same moment.

    Returns what each process returned for each argument. A process that raises, or dies, fails the test.
    """
    barrier = _fork.Barrier(count)

    def live():
        answered = []
        for argument in arguments:
            barrier.wait(timeout=_PATIENCE)
            answered.append(work(argument))
        return answered

    connections.close_all()
    crew = [_Told(live) for _ in range(count)]
    return [one.answer() for one in crew]


class _Told:
    """A process that does ``work`` and tells what it returned, or what it raised."""

    def __init__(self, work: Callable) -> None:
        self._reader, writer = _fork.Pipe(duplex=False)

        def live():
            try:
                writer.send((True, work()))
            except BaseException:  # the boundary: whatever it was, the test hears of it
                writer.send((False, traceback.format_exc()))

        self.process = _fork.Process(target=live)
        self.process.start()
        writer.close()

    def answer(self):
        """Return what the work returned, once it is over."""
        if not self._reader.poll(_PATIENCE):
            os.kill(self.process.pid, signal.SIGKILL)
            raise AssertionError("A process never came to an end.")
        try:
            is_well, told = self._reader.recv()
        except EOFError:
            self.process.join()
            raise AssertionError(f"A process died with {self.process.exitcode} and said nothing.") from None
        self.process.join()
        assert is_well, told
        return told


def is_killed(work: Callable, seconds: float) -> bool:
    """Let a process do ``work`` and kill it after ``seconds``; return whether it died instead of coming to its end."""
    connections.close_all()
    child = _fork.Process(target=work)
    child.start()
    if not select.select([child.sentinel], [], [], seconds)[0]:
        os.kill(child.pid, signal.SIGKILL)
    child.join()
    return child.exitcode == -signal.SIGKILL


class Sleeper:
    """A process that does ``work(hold)`` and is frozen wherever it calls ``hold()``, until it is woken."""

    def __init__(self, work: Callable) -> None:
        connections.close_all()
        self._told = _Told(lambda: work(lambda: os.kill(os.getpid(), signal.SIGSTOP)))

    def wait_until_frozen(self) -> None:
        """Return when the process holds still."""
        _, status = os.waitpid(self._told.process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), status

    def wake(self) -> None:
        """Let it go on."""
        os.kill(self._told.process.pid, signal.SIGCONT)

    def answer(self):
        """Return what its work returned, once it is over."""
        return self._told.answer()
