"""The vault beside restic and borg: the same mails and files, on the same disk, in the same run, in turns.

restic and borg back up the files. Our vault takes the same bytes through its folder store, its catalogue and
PostgreSQL, everything flushed as in production. The first backup and the check are whole processes on both sides; where
a source tells what changed, a page wants one object, or a mailbox is erased, ours is what a worker does that runs
already, and theirs is the command one would have to give instead.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import median

from portal.benchmarks import Figure, engine_growth, engine_real, engine_rows
from portal.benchmarks.engine_ours import Ours, catalogue_bytes, make_cursors
from portal.benchmarks.engine_tools import Borg, Restic, require_tools
from portal.benchmarks.own_server import own_database
from portal.benchmarks.vault_set import SIZES, VaultSet

ROUNDS = 3
DUMPS, OBJECTS = 5, 320
MOST_MB = 400
Seconds = dict[str, list[float]]


def measure(size: str = "full") -> Iterator[Figure]:
    """Yield every figure of the vault; ``size`` is "full" or "small". Raises `ToolsMissing` and `ToolFailed`."""
    require_tools()
    with tempfile.TemporaryDirectory(prefix="portico-engine-") as folder, own_database():
        make_cursors()
        contest = Contest(Path(folder), size)
        yield from contest.measure()
        yield from engine_rows.measure(contest.ours)
        yield from engine_growth.measure(contest.ours, size)
        yield from engine_real.measure(contest.ours)
        largest, megabytes = max(contest.ours.peaks.items(), key=lambda one: one[1])
        yield Figure(
            "engine.peak_mb", megabytes, MOST_MB, f"MB, the largest of all operations ({largest}), and allowed"
        )


class Contest:
    """The three tools over one set, phase by phase, so that slow drift of a shared machine touches all alike."""

    def __init__(self, folder: Path, size: str) -> None:
        self.set = VaultSet(folder / "set", SIZES[size])
        self.restic, self.borg = Restic(self.set.data, folder), Borg(self.set.data, folder)
        self.ours = Ours(self.set.data, folder)
        self.folder, self.chance = folder, Random(5)  # noqa: S311 (the same objects at every run)

    def measure(self) -> Iterator[Figure]:
        """Yield the figures of the phases in their order."""
        feed = self.set.write()
        megabytes = round(self.set.bytes_standing / 1e6)
        yield self._beside_both("engine.first", self._first(feed), f"s, {megabytes} MB, best of both; at most 0.8")
        sizes = self.ours.bytes / 1e6, min(self.restic.bytes, self.borg.bytes) / 1e6
        rows = round(catalogue_bytes() / 1e6 / ROUNDS)
        yield Figure("engine.size", *sizes, f"MB, the smaller of both, besides {rows} MB of catalogue; at most 0.75")
        yield self._beside_restic("engine.unchanged", self._unchanged(), "s, restic's second run; at most 0.1")
        yield self._beside_both("engine.day2", self._days(), "s, best of both")
        yield from self._one_object()
        yield self._beside_restic("engine.check", self._check(), "s, check --read-data; at most 0.5")
        yield self._beside_both("engine.erase", self._erase(), "s, best of both; at most 0.2")

    def _first(self, feed: Path) -> Seconds:
        def vault() -> float:
            self.ours.begin()
            return self.ours.do("back_up", feed=str(feed), data=str(self.set.data))["whole"]

        for tool in (self.restic, self.borg):
            tool.begin()
        return self._in_turns(vault, self._begin_again)

    def _begin_again(self) -> None:
        self.restic.begin()
        self.borg.begin()

    def _unchanged(self) -> Seconds:
        accounts = sorted({account for account, _, _ in self.set.contents()})
        return self._in_turns(lambda: self.ours.do("unchanged", accounts=accounts)["seconds"])

    def _days(self) -> Seconds:
        feeds = []

        def next_day() -> None:
            feeds.append(self.set.next_day(f"day{len(feeds) + 2}"))

        return self._in_turns(
            lambda: self.ours.do("back_up", feed=str(feeds[-1]), data=str(self.set.data))["seconds"], next_day
        )

    def _in_turns(self, ours: Callable[[], float], before: Callable[[], None] = lambda: None) -> Seconds:
        """Let each of the three do it `ROUNDS` times, another one first each time."""
        work = [
            ("vault", ours),
            ("restic", lambda: self.restic.back_up().seconds),
            ("borg", lambda: self.borg.back_up().seconds),
        ]
        seconds: Seconds = {name: [] for name, _ in work}
        for turn in range(ROUNDS):
            before()
            for name, do in work[turn % 3 :] + work[: turn % 3]:
                seconds[name].append(do())
        return seconds

    def _one_object(self) -> Iterator[Figure]:
        standing = sorted(self.set.contents())
        dumped, read, middle = [], [], []
        for _ in range(DUMPS):
            account, external_id, path = self.chance.choice(standing)
            into = self.folder / "dumped"
            dumped.append(self.restic.dump(path, into).seconds * 1000)
            if into.read_bytes() != path.read_bytes():
                raise RuntimeError(f"restic gave other bytes for {external_id}.")
            wanted = [[account, one, str(path)] for account, one, path in self.chance.sample(standing, OBJECTS)]
            answer = self.ours.do("one_object", wanted=wanted)
            read.append(answer["p95"])
            middle.append(answer["median"])
        unit = f"ms, our p95 (median {median(middle):.1f}) and restic dump; at most 0.05 and 10 ms"
        yield Figure("engine.one_object", median(read), median(dumped), unit)

    def _check(self) -> Seconds:
        seconds: Seconds = {"vault": [], "restic": []}
        for _ in range(2):
            seconds["vault"].append(self.ours.do("check")["whole"])
            seconds["restic"].append(self.restic.check().seconds)
        return seconds

    def _erase(self) -> Seconds:
        """Erase two mailboxes, one after the other: out of every snapshot, and every byte freed."""
        seconds: Seconds = {"vault": [], "restic": [], "borg": []}
        for person in self.set.people[:2]:
            account = f"mail/{person}"
            seconds["vault"].append(self.ours.do("erase", account=account)["seconds"])
            seconds["borg"].append(self.borg.erase(account).seconds)
            seconds["restic"].append(self.restic.erase(account).seconds)
        return seconds

    def _beside_restic(self, figure: str, seconds: Seconds, unit: str) -> Figure:
        return Figure(figure, median(seconds["vault"]), median(seconds["restic"]), unit)

    def _beside_both(self, figure: str, seconds: Seconds, unit: str) -> Figure:
        yardstick = min(median(seconds["restic"]), median(seconds["borg"]))
        return Figure(figure, median(seconds["vault"]), yardstick, unit)
