"""Doing the same for many, so that the trouble of one stays its own."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

log = logging.getLogger(__name__)

Subject = TypeVar("Subject")
Result = TypeVar("Result")


def each_alone(found: Iterable[Subject], work: Callable[[Subject], Result]) -> list[Result]:
    """Do ``work`` for each of ``found`` and return what it gave. One that fails is logged, and the others go on.

    ``work`` opens a transaction, or a savepoint, of its own: what it wrote until it failed is undone.
    """
    results = []
    for one in found:
        try:
            results.append(work(one))
        except Exception:  # the boundary: whatever it is, it is this one's alone
            log.exception("%s failed for %s.", getattr(work, "__qualname__", work), one)
    return results
