"""The states of one object, as a page lists them beside each other: when they were saved, and what was new."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from backups.engine.notes import Note, read_note
from backups.forms.references import Reference
from backups.models import STILL, Preview, VaultCommit
from backups.vault import lookups
from organizations.models import Organization
from organizations.views.figure_words import moment_words

# Older ones are found by searching as of a date.
MOST_VERSIONS = 50
_SETTLED = "Details changed"


@dataclass(frozen=True)
class VersionRow:
    """One saved state; ``words`` is what changed since the one before, ``is_last`` whether the source had it last.

    ``open`` shows it, ``compare`` shows it beside the one before ("" for the first).
    """

    open: str
    compare: str
    saved: str
    words: str
    is_shown: bool
    is_last: bool


def versions_of(organization: Organization, preview: Preview, *, now: datetime) -> list[VersionRow]:
    """Return the states that are kept of the object a preview shows, newest first."""
    versions = lookups.versions_of(organization.uuid, preview.object)[: MOST_VERSIONS + 1]
    numbers = [one.from_commit for one in versions]
    moments = dict(
        VaultCommit.objects.filter(organization=organization.uuid, number__in=numbers).values_list("number", "made_at")
    )
    notes = [read_note(one.meta) for one in versions]
    older = [*notes[1:], None]
    return [
        VersionRow(
            open=_address(organization, preview, one.from_commit),
            compare=_address(organization, preview, one.from_commit, following) if following else "",
            saved=moment_words(moments.get(one.from_commit), now),
            words=_change_words(before, note),
            is_shown=one.from_commit == preview.from_commit,
            is_last=one.to_commit == STILL,
        )
        for one, note, before, following in zip(versions, notes, older, [*numbers[1:], 0], strict=True)
    ][:MOST_VERSIONS]


def _address(organization: Organization, preview: Preview, commit: int, compare: int = 0) -> str:
    asked = {"ref": str(Reference(preview.container.uuid, preview.object, commit))}
    if compare:
        asked["compare"] = str(compare)
    return f"{reverse('backups:preview_open', args=[organization.uuid])}?{urlencode(asked)}"


def _change_words(before: Note | None, after: Note) -> str:
    """Return in a few words what is new in a state; "First saved" for the first one."""
    if before is None:
        return "First saved"
    was, now = before.facts, after.facts
    if before.tags != after.tags:
        return "Content changed"
    if was.get("name") != now.get("name"):
        return "Renamed"
    if (before.feed, before.parent) != (after.feed, after.parent):
        return "Moved to another folder"
    if was.get("is_read") != now.get("is_read"):
        return "Marked as read" if now.get("is_read") else "Marked as unread"
    if was.get("categories") != now.get("categories"):
        return "Categories changed"
    if was.get("is_shared") != now.get("is_shared"):
        return "Shared" if now.get("is_shared") else "No longer shared"
    if (was.get("start"), was.get("end")) != (now.get("start"), now.get("end")):
        return "Moved to another time"
    return _SETTLED
