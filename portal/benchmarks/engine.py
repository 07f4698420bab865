"""The vault beside restic and borg: the same mails and files, on the same disk, in the same run, in turns.

restic and borg back up the files. Our vault takes the same bytes through its folder store, its catalogue and
PostgreSQL, everything flushed as in production. The first backup and the check are whole processes on both sides; of
the first, ours are two, because every account is a job of its own and the product's two workers share them; restic
uses all processors in one process. What both workers store at the same moment lies twice in our store and counts.
Where a source tells what changed, a page wants one object, or a mailbox is erased, ours is what a worker does that
runs already, and theirs is the command one would have to give instead.

Each yardstick is what serves the other side best: for time borg compresses at the vault's level and restic at its only
fast one; size is beside the smallest of those and of borg at its own zstd level, which is slower.

Debian's restic has no `rewrite`, so a mailbox leaves it in the cheapest way there is: a new snapshot without the
mailbox, then `forget` of all others with `--prune`. That gives up their history, which ours and borg's keep; borg
recreates its archives with `--exclude` and compacts. The faster of the two counts. Ours also collects afterwards.

Without restic or borg ours is measured alone, and the unit says what to install.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import median

from portal.benchmarks import Figure, engine_growth, engine_real, engine_rows
from portal.benchmarks.engine_memory import peak
from portal.benchmarks.engine_ours import Ours, catalogue_bytes, make_cursors
from portal.benchmarks.engine_tools import Borg, Restic, ThoroughBorg, Tool, ToolFailed, missing_packages
from portal.benchmarks.own_server import own_database
from portal.benchmarks.vault_set import SIZES, VaultSet

ROUNDS, CHECKS = 3, 2
# A first backup is many accounts, each a job of its own; the launcher starts two workers.
WORKERS = 2
DUMPS, OBJECTS = 5, 320
Seconds = dict[str, list[float]]


def measure(size: str = "full") -> Iterator[Figure]:
    """Yield every figure of the vault; ``size`` is "full" or "small". Raises `ToolFailed`."""
    with tempfile.TemporaryDirectory(prefix="portico-engine-") as folder, own_database():
        make_cursors()
        contest = Contest(Path(folder), size)
        yield from contest.measure()
        yield from engine_rows.measure(contest.ours)
        yield from engine_growth.measure(contest.ours, size)
        engine_real.prove(contest.ours)
        yield peak(contest.ours, size)


class Contest:
    """The three tools over one set, phase by phase, so that slow drift of a shared machine touches all alike."""

    def __init__(self, folder: Path, size: str) -> None:
        self.set = VaultSet(folder / "set", SIZES[size])
        self.missing = missing_packages()
        self.restic, self.borg = Restic(self.set.data, folder), Borg(self.set.data, folder)
        self.tools: list[Tool] = [] if self.missing else [self.restic, self.borg]
        self.ours = Ours(self.set.data, folder)
        self.folder, self.chance = folder, Random(5)  # noqa: S311 (the same objects at every run)

    def measure(self) -> Iterator[Figure]:
        """Yield the figures of the phases in their order."""
        feed = self.set.write()
        megabytes = round(self.set.bytes_standing / 1e6)
        yield self._beside("engine.first", self._first(feed), f"s, {megabytes} MB, best of both; at most 0.8", 0.8)
        yield self._size()
        yield self._beside("engine.unchanged", self._unchanged(), "s, restic's second run; at most 0.1", 0.1, "restic")
        yield self._beside("engine.day2", self._days(), "s, best of both")
        yield self._one_object()
        yield self._beside("engine.check", self._check(), "s, check --read-data; at most 0.5", 0.5, "restic")
        yield self._beside("engine.erase", self._erase(), "s, best of both; at most 0.2", 0.2)
        # For its memory.
        self.ours.do("rebuild")

    def _first(self, feed: Path) -> Seconds:
        def vault() -> float:
            self.ours.begin()
            self.ours.do("make")
            work = {"feed": str(feed), "data": str(self.set.data), "shares": WORKERS}
            return self.ours.do_at_once("back_up", *({**work, "share": share} for share in range(WORKERS)))

        return self._in_turns(vault, self._begin_again)

    def _begin_again(self) -> None:
        for tool in self.tools:
            tool.begin()

    def _size(self) -> Figure:
        smallest = None
        if self.tools:
            thorough = ThoroughBorg(self.set.data, self.folder)
            thorough.begin()
            thorough.back_up()
            smallest = min(tool.bytes for tool in (*self.tools, thorough)) / 1e6
            thorough.remove()
        rows = round(catalogue_bytes() / 1e6 / ROUNDS)
        unit = f"MB, the smallest of all, besides {rows} MB of catalogue; at most 0.75"
        return self._figure("engine.size", self.ours.bytes / 1e6, smallest, unit, most=0.75)

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
        work = [("vault", ours), *((tool.name, lambda tool=tool: tool.back_up().seconds) for tool in self.tools)]
        seconds: Seconds = {name: [] for name, _ in work}
        for turn in range(ROUNDS):
            before()
            first = turn % len(work)
            for name, do in work[first:] + work[:first]:
                seconds[name].append(do())
        return seconds

    def _one_object(self) -> Figure:
        standing = sorted(self.set.contents())
        dumped, read, middle = [], [], []
        for _ in range(DUMPS):
            dumped += self._dump(*self.chance.choice(standing)[1:])
            wanted = [[account, one, str(path)] for account, one, path in self.chance.sample(standing, OBJECTS)]
            answer = self.ours.do("one_object", wanted=wanted)
            read.append(answer["p95"])
            middle.append(answer["median"])
        unit = f"ms, our p95 (median {median(middle):.1f}) and restic dump; at most 0.05 and 10 ms"
        yardstick = median(dumped) if dumped else None
        return self._figure("engine.one_object", median(read), yardstick, unit, most=0.05, most_ours=10)

    def _dump(self, external_id: str, path: Path) -> list[float]:
        if not self.tools:
            return []
        into = self.folder / "dumped"
        took = self.restic.dump(path, into).seconds * 1000
        if into.read_bytes() != path.read_bytes():
            raise ToolFailed(f"restic gave other bytes for {external_id}.")
        return [took]

    def _check(self) -> Seconds:
        seconds: Seconds = {"vault": [], "restic": []}
        for _ in range(CHECKS):
            seconds["vault"].append(self.ours.do("check")["whole"])
            seconds["restic"] += [self.restic.check().seconds] if self.tools else []
        return seconds

    def _erase(self) -> Seconds:
        """Erase two mailboxes, one after the other: out of every snapshot, and every byte freed."""
        seconds: Seconds = {"vault": [], **{tool.name: [] for tool in self.tools}}
        for person in self.set.people[:2]:
            account = f"mail/{person}"
            seconds["vault"].append(self.ours.do("erase", account=account)["seconds"])
            for tool in self.tools:
                seconds[tool.name].append(tool.erase(account).seconds)
        return seconds

    def _beside(
        self, figure: str, seconds: Seconds, unit: str, most: float | None = None, tool: str | None = None
    ) -> Figure:
        """Compare the medians of ours and of ``tool``, the faster of both for None."""
        others = [median(seconds[one.name]) for one in self.tools if tool in (None, one.name)]
        return self._figure(figure, median(seconds["vault"]), min(others, default=None), unit, most=most)

    def _figure(self, figure: str, ours: float, yardstick: float | None, unit: str, **bars: float | None) -> Figure:
        if self.missing:
            unit += f"; not compared: apt-get install {' '.join(self.missing)}"
        return Figure(figure, ours, yardstick, unit, **bars)
