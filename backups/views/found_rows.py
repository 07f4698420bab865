"""What was found, as a page lists it: plain values, a fixed number of queries for any number of rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import Membership
from backups import search
from backups.engine.search_language import Parsed
from backups.forms.references import Reference
from backups.models import ContainerFeed, SearchEntry
from backups.views.run_rows import KIND_ICONS

# Why the text of something could not be searched, in words.
_UNREAD = {
    "TOO_LARGE": "part of it is too large to be searched",
    "ENCRYPTED": "part of it is protected by a password",
    "DAMAGED": "part of it could not be read",
    "UNREADABLE": "part of it could not be read",
    "TOO_SLOW": "part of it could not be read",
    "TOO_MUCH_MEMORY": "part of it could not be read",
}


@dataclass(frozen=True)
class FoundRow:
    """One object that was found; ``title`` and ``snippet`` are (text, whether it was looked for) pieces."""

    reference: str
    icon: str
    title: list
    snippet: list
    moment: str
    moment_iso: str
    path: str
    state: str
    unread: str


def found_rows(
    membership: Membership, entries: Iterable[SearchEntry], parsed: Parsed, *, now: datetime
) -> list[FoundRow]:
    """Return the rows of what was found, in its order."""
    entries = list(entries)
    feeds = _feeds(membership, entries)
    return [_row(entry, feeds.get((entry.container_id, entry.feed_key), ""), parsed, now) for entry in entries]


def _feeds(membership: Membership, entries: list[SearchEntry]) -> dict[tuple[int, str], str]:
    wanted = ContainerFeed.objects.visible_to(membership).filter(
        container__in={entry.container_id for entry in entries}, key__in={entry.feed_key for entry in entries}
    )
    return {(container, key): name for container, key, name in wanted.values_list("container_id", "key", "name")}


def _row(entry: SearchEntry, feed: str, parsed: Parsed, now: datetime) -> FoundRow:
    local, container = timezone.localtime(entry.at), entry.container
    is_file = entry.kind in ("ONEDRIVE", "SHAREPOINT")
    icon = "folder" if entry.is_folder else "file" if is_file else KIND_ICONS[entry.kind]
    place = [str(container.item), feed] if feed and not is_file else [str(container.item), container.get_kind_display()]
    return FoundRow(
        reference=str(Reference(container.uuid, entry.object, entry.from_commit)),
        icon=icon,
        title=list(search.title(entry, parsed)) or [("Without a name", False)],
        snippet=list(search.snippet(entry, parsed)),
        moment=f"{local.day} {local:%b %Y}",
        moment_iso=entry.at.isoformat(),
        path=" / ".join(place),
        state="" if entry.stands else "Not there any more",
        unread=_UNREAD.get(entry.text_state, ""),
    )
