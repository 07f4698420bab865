"""Many objects of a store at once, each with its bytes or with what went wrong about it."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from backups.vault.errors import VaultError

Asked, Answer = TypeVar("Asked"), TypeVar("Answer")
AT_ONCE = 8


def each(
    work: Callable[[Asked], Answer], asked: Iterable[Asked], *, at_once: int = AT_ONCE
) -> Iterator[tuple[Asked, Answer | VaultError]]:
    """Yield (one, ``work`` of it) in the order of ``asked``, an error of ours as the answer instead of raising it.

    ``at_once`` threads work, and no more than that many answers wait in memory. Other exceptions come through.
    """
    with ThreadPoolExecutor(at_once, thread_name_prefix="vault") as threads:
        waiting: deque[tuple[Asked, Future]] = deque()
        try:
            for one in asked:
                waiting.append((one, threads.submit(_answer, work, one)))
                if len(waiting) > at_once:
                    first, answer = waiting.popleft()
                    yield first, answer.result()
            while waiting:
                first, answer = waiting.popleft()
                yield first, answer.result()
        finally:
            for _, answer in waiting:
                answer.cancel()


def _answer(work: Callable[[Asked], Answer], one: Asked) -> Answer | VaultError:
    try:
        return work(one)
    except VaultError as problem:
        return problem
