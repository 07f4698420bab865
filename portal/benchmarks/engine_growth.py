"""What objects cost when there are many, from ten thousand to a million; and one file of 5 GB."""

from collections.abc import Iterator
from itertools import pairwise
from math import log
from statistics import linear_regression, median

from portal.benchmarks import Figure
from portal.benchmarks.engine_ours import Ours
from portal.benchmarks.own_server import gather_statistics

STEPS = {"full": (10_000, 100_000, 1_000_000), "small": (2_000, 10_000, 50_000)}
FILM = {"full": 5 * 10**9, "small": 300 * 10**6}
INCREMENTS = 15


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
    )  # fmt: skip
    rate = round(many / spent[-1])
    yield Figure("engine.slope", slope, 1.1, f"log-log, {few:,} to {many:,} objects at {rate:,} objects/s, and allowed")
    yield from _film(ours, FILM[size])


def _film(ours: Ours, length: int) -> Iterator[Figure]:
    ours.begin()
    put, read = ours.do("put_film", size=length), ours.do("read_film", size=length)
    peak = max(ours.peaks["put_film"], ours.peaks["read_film"])
    megabytes = length / 1e6
    yield Figure(
        "engine.film_mb", peak, 400,
        f"MB for a file of {megabytes:,.0f} MB, in at {megabytes / put['seconds']:.0f} MB/s and out at"
        f" {megabytes / read['seconds']:.0f} MB/s; allowed",
    )  # fmt: skip


def _grown(ours: Ours, begin: int, end: int) -> float:
    ours.begin()
    return _grown_on(ours, begin, end)


def _grown_on(ours: Ours, begin: int, end: int) -> float:
    return ours.do("grow", begin=begin, end=end)["seconds"]
