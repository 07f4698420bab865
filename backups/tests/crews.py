"""Processes of the product, forked from a warm one: several at the same moment, some that are killed or frozen."""

import multiprocessing
import os
import select
import signal
from collections.abc import Callable, Sequence

from django.db import connections

_fork = multiprocessing.get_context("fork")


def all_at_once(count: int, work: Callable, arguments: Sequence) -> list[list]:
    """Let ``count`` processes do ``work`` with one argument after the other, each at the same moment.

    Returns what each process returned for each argument.
    """
    barrier, answers = _fork.Barrier(count), _fork.SimpleQueue()

    def live():
        answered = []
        for argument in arguments:
            barrier.wait()
            answered.append(work(argument))
        answers.put(answered)

    connections.close_all()
    crew = [_fork.Process(target=live) for _ in range(count)]
    for one in crew:
        one.start()
    found = [answers.get() for _ in crew]
    for one in crew:
        one.join()
    return found


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
        self._answers = _fork.SimpleQueue()

        def live():
            self._answers.put(work(lambda: os.kill(os.getpid(), signal.SIGSTOP)))

        connections.close_all()
        self._process = _fork.Process(target=live)
        self._process.start()

    def wait_until_frozen(self) -> None:
        """Return when the process holds still."""
        _, status = os.waitpid(self._process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), status

    def wake(self) -> None:
        """Let it go on."""
        os.kill(self._process.pid, signal.SIGCONT)

    def answer(self):
        """Return what its work returned, once it is over."""
        answer = self._answers.get()
        self._process.join()
        return answer
