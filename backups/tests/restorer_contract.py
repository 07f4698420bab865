"""What a test of the restorers' contract needs: a subject for each kind, and the engine of a restore in miniature.

A file ``restorers_<family>.py`` beside this one registers what it brings:

    @restorable
    class Mail(Restorable):
        ...
"""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from backups.connectors.base import CannotBeRestored, OutcomeUnclear
from backups.connectors.contract import Connector, Feed, Source
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.restoring import Assignment, Conflict, Outcome, Restorer, Saved, There, lying
from backups.tests.restoring import MemoryTree, saved_tree
from portal.tests.simulator import Simulator

RESTORABLES: dict[str, type["Restorable"]] = {}
_TRIES = 6


class Restorable:
    """One kind of data of an item in a simulated tenant, with what may happen to it before it is put back."""

    # The word of the kind, as tests show it.
    name: ClassVar[str]
    connector_class: ClassVar[Callable[[Graph], Connector]]
    restorer_class: ClassVar[Callable[[Graph], Restorer]]
    # The permissions (with spaces between them) without which nothing of the kind can be put back.
    role: ClassVar[str]
    # Finds the requests that make an object of the kind among the paths of the simulator.
    makes_path: ClassVar[str]
    # Whether objects that are at their place are known by their marks.
    is_marked: ClassVar[bool] = True
    # Whether a second copy can be made beside the first, and whether an old one can be replaced.
    copies: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    # What is chosen besides the target, the folder and the conflict.
    choices: ClassVar[dict] = {}
    # The id of an item that does not exist.
    stranger = "00000000-0000-0000-0000-000000000000"

    def __init__(self, simulator: Simulator, tenant: dict) -> None:
        self.simulator, self.tenant = simulator, tenant

    @property
    def source(self) -> Source:
        """The item that was saved."""
        raise NotImplementedError

    @property
    def other(self) -> Source:
        """Another item of the same sort, with nothing of the source's."""
        raise NotImplementedError

    def destroy(self) -> None:
        """Let everything of the source be lost."""
        raise NotImplementedError

    def victim(self, tree: MemoryTree) -> Saved:
        """Return an object that can be changed and replaced."""
        return next(iter(tree.objects.values()))

    def change(self, saved: Saved) -> None:
        """Let the live object of ``saved`` be another one than was saved."""
        raise NotImplementedError

    def rows(self, tree: MemoryTree, folder: str | None = None) -> Counter:
        """Return what of ``tree`` lies in its original places, or with ``folder`` what lies in that folder, each with
        its way and its content: two of them are equal when nothing was lost.
        """
        raise NotImplementedError

    def copied_rows(self, tree: MemoryTree) -> Counter:
        """Return what `rows` tells of a folder into which all of ``tree`` was put back."""
        raise NotImplementedError

    def mailed(self) -> list:
        """Return whatever would have been mailed to anybody."""
        where = f"/tenants/{self.tenant['id']}"
        return self.simulator.control(f"{where}/outbox") + self.simulator.control(f"{where}/invitations")

    def read(self, graph: Graph, source: Source) -> MemoryTree:
        """Read everything that can be put back by itself."""
        tree, restorer = saved_tree(self.connector_class(graph), source), self.restorer_class(graph)
        objects = {key: one for key, one in tree.objects.items() if restorer.turn(one.feed, one.facts) >= 0}
        return MemoryTree(tree.all_feeds, objects)


def restorable(made: type[Restorable]) -> type[Restorable]:
    """Register a kind."""
    RESTORABLES[made.name] = made
    return made


def load_restorables() -> dict[str, type[Restorable]]:
    """Return the subjects of all files that bring some."""
    folder = Path(__file__).parent
    for module in pkgutil.iter_modules([str(folder)]):
        if module.name.startswith("restorers_"):
            importlib.import_module(f"backups.tests.{module.name}")
    return dict(sorted(RESTORABLES.items()))


@dataclass
class Result:
    """What became of each object, by its id."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    failed: dict[str, CannotBeRestored] = field(default_factory=dict)

    @property
    def lacking(self) -> set:
        return {less for outcome in self.outcomes.values() for less in outcome.less}


def put_back(restorer: Restorer, assignment: Assignment) -> Result:
    """Put back everything of the assignment's tree, as the engine of restores does it."""
    result = Result()
    there = {feed.id: restorer.marks_there(assignment, feed) for feed in assignment.tree.feeds()}
    objects = [one for one in assignment.tree.objects.values() if _turn(restorer, one) >= 0]
    with ThreadPoolExecutor(restorer.width) as threads:
        for _, some in groupby(sorted(objects, key=lambda one: _turn(restorer, one)), lambda one: _turn(restorer, one)):
            turns = list(threads.map(lambda one: _put_one(restorer, assignment, one, there, result), some))
            assert all(turns)
    restorer.finish(assignment)
    restorer.finish(assignment)
    return result


def _turn(restorer: Restorer, saved: Saved) -> int:
    return restorer.turn(saved.feed, saved.facts)


def _put_one(restorer: Restorer, assignment: Assignment, saved: Saved, marks: dict, result: Result) -> bool:
    there = lying(marks[saved.feed.id], restorer.mark(assignment, saved))
    if there and assignment.conflict == Conflict.SKIP:
        result.skipped.append(saved.id)
        return True
    try:
        result.outcomes[saved.id] = put_surely(restorer, assignment, saved, there)
    except CannotBeRestored as problem:
        result.failed[saved.id] = problem
    return True


def put_surely(restorer: Restorer, assignment: Assignment, saved: Saved, there: There | None = None) -> Outcome:
    """Put one object back, looking for it whenever nobody knows whether it was made."""
    key, is_clear = key_of(assignment, saved), True
    for _ in range(_TRIES):
        try:
            if not is_clear and (found := restorer.find(assignment, saved, key)):
                return Outcome(found)
            return restorer.put(assignment, saved, key, there)
        except OutcomeUnclear:
            is_clear = False
    raise AssertionError("It never came to an end.")


def key_of(assignment: Assignment, saved: Saved) -> str:
    """Return the restore key of an object."""
    return f"{assignment.key} {saved.id}"


def feed_of(tree: MemoryTree, saved: Saved) -> Feed:
    """Return the feed an object lies in, as the tree has it."""
    return next(feed for feed in tree.all_feeds if feed.id == saved.feed.id)
