"""Commits of the same number, of which only one can have counted: which one, where the chain can prove it.

No clock is asked: a dead writer's may have been ahead. What proves is what was built on. A writer builds only on what
the catalogue had accepted, so a commit that another one names as the one before it counted, and its rivals did not.
Of rivals at the very end, on which nobody built yet, nobody can tell; their order is that of `in_order`.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from backups.vault import layout
from backups.vault.commits import Commit
from backups.vault.errors import EndUnclear
from backups.vault.stores.base import Store

# What they take away must not be brought back by a rival that comes behind them.
_RANKS = {"retain": 1, "erase": 2}


class Link(NamedTuple):
    """What is remembered of one commit; its content is read again when it is needed."""

    number: int
    made_at: datetime
    digest: bytes
    previous: bytes
    name: str
    kind: str


def before_gap(gap: int, found: Collection[Link]) -> list[Link]:
    """Return which commits may be the last one before commit ``gap``, which is missing.

    One if something in the store was built on it, even if that died; several if nobody can tell.
    """
    # Others of the missing one's number lost against it, because it was built on and they were not.
    number = max((link.number for link in found if link.number < gap), default=0)
    rivals = [link for link in found if link.number == number]
    built_on = {link.previous for link in found}
    return [link for link in rivals if link.digest in built_on] or rivals


def in_order(rivals: Iterable[Link], is_done: Callable[[Link], bool]) -> list[Link]:
    """Return rivals at the end of the chain in the order in which they are applied; the last one has the last word.

    Last is the one whose deeds are done, which is as good as a proof that it counted, and before it what takes
    something away: an erasure must not be undone by work that died beside it. Otherwise their names decide, so that
    everybody who rebuilds gets the same.
    """
    return sorted(rivals, key=lambda one: (is_done(one), _RANKS.get(one.kind, 0), one.digest))


class Deeds:
    """What commits give up, compared with what is still in the store; listed once, and only if somebody asks."""

    def __init__(self, store: Store, commit_of: Callable[[Link], Commit]) -> None:
        self.store, self.commit_of = store, commit_of
        self.listed: frozenset[str] | None = None

    def are_done(self, link: Link) -> bool:
        """Return whether something that a commit gave up has left the store, as happens once it was accepted."""
        commit = self.commit_of(link)
        packs = {layout.pack_name(commit.organization, digest) for digest in commit.dropped}
        return bool(packs - self._names(commit) if packs else packs)

    def _names(self, commit: Commit) -> frozenset[str]:
        if self.listed is None:
            folder = layout.prefix(commit.organization, layout.PACKS)
            self.listed = frozenset(entry.name for entry in self.store.list(folder))
        return self.listed


def unclear(rivals: Collection[Link], *, before: int = 0) -> EndUnclear:
    """Return the finding that nobody can tell which of several commits counted: at the end, or before a gap."""
    number, names = rivals[0].number, " and ".join(link.name for link in rivals)
    if before:
        return EndUnclear(
            f"Commit {before} is missing, and nothing tells which of {names} came before it. The first was taken; what"
            " only the others name is not in the catalogue and stays in the store. Restore the missing commit from the"
            " other copy of the store and rebuild again."
        )
    return EndUnclear(
        f"The chain ends with {len(rivals)} commits number {number}, of which one counted and nobody can tell which:"
        f" {names}. All were taken, one after the other, so nothing is lost; objects they both name stand as the last"
        " one says until the next backup has compared them with the source."
    )
