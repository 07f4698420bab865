"""The chain of commits as the store holds it: which commits count, which do not, and where something is missing.

Two commits may have the same number: one was accepted and the next one is chained to it, the other belongs to a writer
that died or lost. At the very end nothing is chained yet, and without a catalogue nobody knows which one was
acknowledged; there all of them are taken, one after the other (`rivals`), so that nothing is lost.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from backups.vault import layout
from backups.vault.commits import BEGINNING, Commit, SealedCommit, open_commit
from backups.vault.errors import CommitDamaged, Damaged, EndUnclear, NotInStore, RolledBack, StoreProblem, VaultError
from backups.vault.fetching import each
from backups.vault.keys import OrganizationKeys
from backups.vault.rivals import Deeds, Link, before_gap, in_order, unclear
from backups.vault.stores.base import Store


class Head(NamedTuple):
    """The newest commit somebody knows of: the catalogue, or a note that was kept elsewhere."""

    number: int
    digest: bytes


@dataclass
class Chain:
    """The commits that count, the oldest first.

    ``rivals`` are others of the last one's number that may have counted instead; ``left_over`` do not count.
    """

    organization: UUID
    links: list[Link] = field(default_factory=list)
    rivals: list[Link] = field(default_factory=list)
    left_over: list[Link] = field(default_factory=list)
    problems: list[VaultError] = field(default_factory=list)
    dropped: dict[bytes, datetime] = field(default_factory=dict)
    # Old manifest or slip -> (commit, new one), in order: a manifest that was erased may be written again later.
    replaced: dict[bytes, list[tuple[int, bytes]]] = field(default_factory=dict)
    # What was erased, and the newest commit that says so: what is put after it stays.
    tombstones: dict[bytes, int] = field(default_factory=dict)

    @property
    def lacking(self) -> list[VaultError]:
        """Return the problems that concern commits that count, or may: others were never chained to."""
        return [problem for problem in self.problems if self._matters(problem)]

    def _matters(self, problem: VaultError) -> bool:
        if isinstance(problem, EndUnclear):
            return False
        name = getattr(problem, "name", "")
        if isinstance(problem, RolledBack) or any(link.name == name for link in self.links):
            return True
        try:
            return layout.commit_number(name) > self.head.number
        except ValueError:
            return False

    @property
    def head(self) -> Head:
        return Head(self.links[-1].number, self.links[-1].digest) if self.links else Head(0, BEGINNING)

    def newest(self, named: bytes, number: int) -> bytes:
        """Return what stands today for a manifest or slip as commit ``number`` left it: itself, what replaced it, or
        b"" when nothing does.
        """
        while later := [one for one in self.replaced.get(named, ()) if one[0] > number]:
            number, named = later[0]
        return named

    def dropped_at(self, pack) -> datetime | None:
        """Return when a pack was given up, by the commit that says so."""
        return self.dropped.get(pack.digest) or self.dropped.get(pack.pack_id)

    def commits(self, store: Store, keys: OrganizationKeys, *, after: int = 0) -> Iterator[SealedCommit]:
        """Yield the commits that count, verified again, those numbered above ``after``; raises what is wrong."""
        yield from _opened(store, keys, [link for link in self.links if link.number > after])

    def rival_commits(self, store: Store, keys: OrganizationKeys) -> Iterator[Commit]:
        """Yield what the rivals say, numbered on from the last commit."""
        for place, sealed in enumerate(_opened(store, keys, self.rivals), 1):
            yield replace(sealed.commit, number=sealed.commit.number + place)


def read_chain(store: Store, keys: OrganizationKeys, *, expected: Head | None = None) -> Chain:
    """Return the chain in the store; what is damaged or missing is in its ``problems``.

    ``expected`` is the newest commit that is known to have counted: a chain that ends before it was rolled back. Raises
    a `StoreProblem` when the store does not answer.
    """
    chain = Chain(keys.organization)
    found: dict[bytes, tuple[Link, Commit]] = {}
    for name, opened in each(lambda name: _open(store, keys, name), _names(store, keys.organization, chain)):
        if isinstance(opened, StoreProblem):
            # Taken back since it was listed, or, if it is needed, a gap.
            if isinstance(opened, NotInStore):
                continue
            raise opened
        if isinstance(opened, VaultError):
            chain.problems.append(opened)
            continue
        commit = opened.commit
        link = Link(commit.number, commit.made_at, opened.digest, commit.previous, name, commit.kind)
        found[link.digest] = link, _only_what_is_remembered(commit)
    deeds = Deeds(store, lambda link: found[link.digest][1])
    _choose(chain, {digest: link for digest, (link, _) in found.items()}, expected, deeds)
    for link in (*chain.links, *chain.rivals):
        commit = found[link.digest][1]
        for old, new in commit.replaced.items():
            chain.replaced.setdefault(old, []).append((commit.number, new))
        chain.dropped.update(dict.fromkeys(commit.dropped, commit.made_at))
        chain.tombstones.update(dict.fromkeys(commit.tombstones, commit.number))
    return chain


def _names(store: Store, organization: UUID, chain: Chain) -> Iterator[str]:
    for entry in store.list(layout.prefix(organization, layout.COMMITS)):
        try:
            layout.commit_number(entry.name), layout.digest_in(entry.name)
        except ValueError as problem:
            chain.problems.append(
                CommitDamaged(f"{problem} It was not read; remove it when you know whose it is.", name=entry.name)
            )
        else:
            yield entry.name


def _opened(store: Store, keys: OrganizationKeys, links: list[Link]) -> Iterator[SealedCommit]:
    for _, opened in each(lambda link: _open(store, keys, link.name), links):
        if isinstance(opened, VaultError):
            raise opened
        yield opened


def _open(store: Store, keys: OrganizationKeys, name: str) -> SealedCommit:
    return open_commit(keys, store.get(name), name=name)


def _only_what_is_remembered(commit: Commit) -> Commit:
    # Hundreds of thousands of packs would outgrow the memory.
    return Commit(
        commit.organization,
        commit.number,
        commit.previous,
        commit.made_at,
        dropped=commit.dropped,
        replaced=commit.replaced,
        tombstones=commit.tombstones,
    )


def _choose(chain: Chain, found: dict[bytes, Link], expected: Head | None, deeds: Deeds) -> None:
    """Fill ``links`` by walking back from the end, and note every gap on the way."""
    known = found.get(expected.digest) if expected and expected.number else None
    if expected and expected.number and known is None:
        chain.problems.append(_rolled_back(expected, found.values()))
    link, *chain.rivals = _ends(found, known, deeds) or [None]
    if chain.rivals:
        chain.problems.append(unclear([link, *chain.rivals]))
    while link is not None:
        chain.links.append(link)
        before = found.get(link.previous)
        if before is None and link.number > 1:
            chain.problems.append(_gap(link))
            before = _before_gap(chain, link.number - 1, found)
        link = before
    chain.links.reverse()
    counting = {link.digest for link in (*chain.links, *chain.rivals)}
    chain.left_over = sorted(link for link in found.values() if link.digest not in counting)


def _before_gap(chain: Chain, gap: int, found: dict[bytes, Link]) -> Link | None:
    """Return the last commit before a missing one, and note if nobody can tell which it is."""
    rivals = sorted(before_gap(gap, found.values()), key=lambda one: one.digest)
    if len(rivals) > 1:
        chain.problems.append(unclear(rivals, before=gap))
    return rivals[0] if rivals else None


def _ends(found: dict[bytes, Link], known: Link | None, deeds: Deeds) -> list[Link]:
    """Return the commits with which the chain may end, in the order they are applied; they follow the same one."""
    newest = max((link.number for link in found.values()), default=0)
    ends = [one for one in found.values() if one.number == newest]
    if known:
        if newest == known.number:
            return [known]
        ends = [one for one in ends if _leads_back_to(one, known, found)] or [known]
    if len(ends) > 1:
        ends = in_order(ends, deeds.are_done)
    # All follow the same one, unless two catalogues went on beside each other.
    return [one for one in ends if one.previous == ends[-1].previous]


def _leads_back_to(end: Link, wanted: Link, found: dict[bytes, Link]) -> bool:
    link: Link | None = end
    while link is not None and link.number > wanted.number:
        link = found.get(link.previous)
    return link is wanted


def _gap(link: Link) -> Damaged:
    return CommitDamaged(
        f"Commit {link.number - 1}, which {link.name} is chained to, is damaged or missing. What only it names cannot"
        " be rebuilt; commits before and after it are safe. Restore it from the other copy of the store.",
        name=link.name,
    )


def _rolled_back(expected: Head, found: Iterable[Link]) -> RolledBack:
    newest = max((link.number for link in found), default=0)
    return RolledBack(
        f"Commit {expected.number} counted, and the store does not hold it; the newest there is {newest}. Somebody put"
        " the store back to an older state or removed the commit. Content of the commits that are there stays readable;"
        " restore the missing objects from the other copy before anything else is written.",
        name=f"commit {expected.number}",
    )
