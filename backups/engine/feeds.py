"""Reading the feeds of a tenant's directory to their ends, page by page, each page in a transaction of its own.

The cursor is stored with the rows it closes. A feed without a cursor is listed from the start: that is a new round,
and what a complete round has not seen is gone from the source.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from backups.connectors.base import CursorExpired, NotThere, PermissionMissing, UnexpectedAnswer
from backups.connectors.microsoft365.found import Page
from backups.engine import discovered_items
from backups.engine.look import Look
from backups.models import DiscoveryFeed

# A listing that misses more of what was there than this share is not believed, unless it is only a handful of things:
# in a small tenant one site less is a third of all. A listing that misses everything is never believed.
MOST_MISSING = 0.2
HANDFUL = 3


class Feed:
    """One feed: how it is asked for and what its pages mean. One class per feed."""

    name: DiscoveryFeed.Name
    kind: str
    # What it lists, in the plural, and the permission it takes.
    noun: str
    permission: str

    def pages(self, look: Look, row: DiscoveryFeed) -> Iterator[Page]:
        """Yield the pages from the row's cursor on."""
        raise NotImplementedError

    def prepare(self, look: Look, row: DiscoveryFeed, page: Page) -> Any:
        """Ask the provider for what a page lacks, before the transaction that saves it."""

    def put_off(self, prepared: Any) -> None:
        """Raise, once the page is saved, the pause that `prepare` ran into when it had got something already."""

    def save(self, look: Look, row: DiscoveryFeed, page: Page, prepared: Any, now: datetime) -> None:
        """Save the page."""
        raise NotImplementedError

    def missing(self, look: Look, row: DiscoveryFeed) -> list[tuple[str, int, int]]:
        """Return for each sort of thing its noun, how many a complete listing misses, and how many were there."""
        return [(self.noun, *discovered_items.missing(look, self.kind, row.round))]

    def mark_unseen(self, look: Look, row: DiscoveryFeed, now: datetime) -> None:
        """Note that what a complete listing has not seen is gone."""
        discovered_items.mark_unseen(look, self.kind, row.round, now)


def read(look: Look, feed: Feed) -> None:
    """Read a feed to its end, unless this look has done so. What does not work there is noted in ``look``.

    Raises what ends the whole look: `ProviderBusy`, `AccessRevoked`, `CredentialRefused`, `ForeignAddress`, and what
    `Look.saving` and `Look.rest` raise.
    """
    row = look.feed(feed.name)
    if row.read_at and row.read_at >= look.started_at:
        return
    try:
        _read_on(look, feed, row)
    except PermissionMissing:
        look.problems.append(f"Microsoft 365 does not let us list {feed.noun} ({feed.permission}).")
    except (CursorExpired, NotThere, UnexpectedAnswer) as problem:
        # A link that does not work may never work again; the next look begins at the beginning.
        _forget_cursor(look, row)
        look.failures.append(f"Microsoft 365 could not list {feed.noun}: {problem}")


def _read_on(look: Look, feed: Feed, row: DiscoveryFeed) -> None:
    try:
        _read_round(look, feed, row)
    except CursorExpired:
        if not row.sealed_cursor:
            raise
        _forget_cursor(look, row)
        _read_round(look, feed, row)


def _read_round(look: Look, feed: Feed, row: DiscoveryFeed) -> None:
    if not row.sealed_cursor:
        row.round, row.is_listing = row.round + 1, True
    for page in feed.pages(look, row):
        prepared = feed.prepare(look, row, page)
        with look.saving() as now:
            feed.save(look, row, page, prepared, now)
            row.cursor = page.cursor
            doubt = _finish(look, feed, row, now) if page.is_complete else ""
            row.save()
        if doubt:
            look.failures.append(doubt)
        feed.put_off(prepared)
        look.rest()


def _finish(look: Look, feed: Feed, row: DiscoveryFeed, now: datetime) -> str:
    """Close the round, or return in words why the listing is not believed; it is made again at the next look."""
    if row.is_listing:
        doubt, missing = ("", 0) if look.accepts_shrinking else _doubt(look, feed, row)
        if missing > row.missing:
            row.doubted_at = now
        row.doubt, row.missing = doubt[:300], max(missing, row.missing) if doubt else 0
        if doubt:
            row.cursor = ""
            return doubt
        feed.mark_unseen(look, row, now)
        row.is_listing, row.listed_at, row.doubted_at = False, now, None
    row.read_at = now
    return ""


def _doubt(look: Look, feed: Feed, row: DiscoveryFeed) -> tuple[str, int]:
    """Return in words why a listing is not believed, or "", and how much it misses."""
    found = feed.missing(look, row)
    for noun, unseen, known in found:
        if unseen > known * MOST_MISSING and (unseen > HANDFUL or unseen == known):
            words = (
                f"Microsoft 365 lists {known - unseen:,} of {known:,} {noun}. Nothing was marked as gone; "
                "look again or reconcile by hand."
            )
            return words, sum(count for _, count, _ in found)
    return "", 0


def _forget_cursor(look: Look, row: DiscoveryFeed) -> None:
    with look.saving():
        row.cursor = ""
        row.save(update_fields=["sealed_cursor"])
