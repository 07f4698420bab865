"""How large a process becomes: the largest of all operations, and those of a file that fits into no memory."""

from portal.benchmarks import Figure
from portal.benchmarks.engine_ours import Ours

FILM = {"full": 5 * 10**9, "small": 300 * 10**6}
MOST_MB = 400
_TOLD = ("back_up", "check", "erase", "collect", "rebuild", "put_film", "read_film")


def peak(ours: Ours, size: str) -> Figure:
    """Return the largest size any operation had so far, a file of 5 GB in and out included."""
    length = FILM[size]
    ours.begin()
    put, read = ours.do("put_film", size=length), ours.do("read_film", size=length)
    each = ", ".join(f"{name} {ours.peaks[name]:.0f}" for name in _TOLD)
    speeds = f"in at {length / 1e6 / put['seconds']:.0f} MB/s and out at {length / 1e6 / read['seconds']:.0f} MB/s"
    return Figure(
        "engine.peak_mb", max(ours.peaks.values()), MOST_MB,
        f"MB of the largest process, and allowed: {each}; the film has {length / 1e6:,.0f} MB, {speeds}", most=1,
    )  # fmt: skip
