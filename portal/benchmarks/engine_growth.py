"""What objects cost when there are many, from ten thousand to a million."""

from collections.abc import Iterator
from itertools import pairwise
from math import log
from statistics import linear_regression, median

from portal.benchmarks import Figure
from portal.benchmarks.engine_ours import Ours
from portal.benchmarks.own_server import gather_statistics

STEPS = {"full": (10_000, 100_000, 1_000_000), "small": (2_000, 10_000, 50_000)}
INCREMENTS = 15
MOST_SLOPE = 1.1


def measure(ours: Ours, size: str) -> Iterator[Figure]:
    """Yield how an increment and the cost of all grow; the operations leave their sizes in ``ours.peaks``."""
    steps = STEPS[size]
    few, many, *_ = (steps[0], steps[-1])
    # The first step is short, so it is taken often.
    first = [_grown(ours, 0, few) for _ in range(4)]
    ours.begin()
    spent = [median([*first, _grown_on(ours, 0, few)])]
    gather_statistics()
    small = ours.do("increments", objects=few, times=INCREMENTS)["seconds"]
    for begin, end in pairwise(steps):
        spent.append(spent[-1] + _grown_on(ours, begin, end))
    gather_statistics()
    large = ours.do("increments", objects=many, times=INCREMENTS)["seconds"]
    ours.do("collect")
    slope, _ = linear_regression([log(step) for step in steps], [log(seconds) for seconds in spent])
    yield Figure(
        "engine.increment_growth", large * 1000, small * 1000,
        f"ms for 500 changes among {many:,} objects and {few:,}; at most 3",
        most=3,
    )  # fmt: skip
    rate = round(many / spent[-1])
    yield Figure(
        "engine.slope", slope, MOST_SLOPE,
        f"log-log, {few:,} to {many:,} objects at {rate:,} objects/s, and allowed", most=1,
    )  # fmt: skip


def _grown(ours: Ours, begin: int, end: int) -> float:
    ours.begin()
    return _grown_on(ours, begin, end)


def _grown_on(ours: Ours, begin: int, end: int) -> float:
    return ours.do("grow", begin=begin, end=end)["seconds"]
