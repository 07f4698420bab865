"""What all writing calls share: one writer at a time, names, conflicts, times, and how much there is room for."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from simulators.microsoft365.drives.generator.authors import Author
from simulators.microsoft365.drives.graph.drive_shape import used_bytes
from simulators.microsoft365.drives.graph.finding import found_drive
from simulators.microsoft365.drives.models import Drive, Node
from simulators.microsoft365.drives.mutations.book import DriveBook, name_is_taken
from simulators.microsoft365.graph.calls import Call, GraphError
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Tenant
from simulators.microsoft365.mutations.ledger import writing

CONFLICT = "@microsoft.graph.conflictBehavior"
_CONFLICTS = ("fail", "rename", "replace")
_FORBIDDEN = frozenset('"*:<>?/\\|')
# Names that Windows or SharePoint keep for themselves. Not ``~$``: Office's own notes lie about in real drives.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|\.lock|desktop\.ini|.*_vti_.*", re.IGNORECASE)
_LONGEST_NAME, _LONGEST_PATH = 255, 400
_TIMES = {"createdDateTime": "file_created_at", "lastModifiedDateTime": "file_modified_at"}


@contextmanager
def writing_in(call: Call, drive: str) -> Iterator[DriveBook]:
    """Yield the writer of a drive, in the name of the app that calls."""
    with writing(call.tenant.id) as ledger:
        found = found_drive(call, drive)
        yield DriveBook(found, ledger.now, app_of(call.tenant, call.client_id))


def app_of(tenant: Tenant, client_id: str) -> Author:
    """Return who is said to have written what an app wrote."""
    return Author(derived_id(tenant.id, "app", client_id), "SharePoint App")


def conflict_of(word: object, default: str) -> str:
    """Return what shall happen to something of the same name. Raises `GraphError`."""
    word = default if word is None else word
    if word not in _CONFLICTS:
        raise GraphError(400, "invalidRequest", f"{CONFLICT} is one of {', '.join(_CONFLICTS)}.")
    return word


def placed(parent: Node, name: object, conflict: str, kind: Node.Kind) -> tuple[Node | None, str]:
    """Return what is to be replaced in a folder, or None, and the name for the new one. Raises `GraphError`."""
    if not parent.is_folder:
        raise GraphError(400, "invalidRequest", "The parent is no folder.")
    refuse_bad_name(name)
    existing = Node.objects.live().filter(parent_id=parent.id, name__iexact=name).first()
    if existing is None:
        return None, name
    if conflict == "rename":
        return None, _free_name(parent, name)
    if conflict == "fail" or existing.kind != kind:
        raise GraphError(409, "nameAlreadyExists", "The specified item name already exists.")
    existing.drive = parent.drive
    return existing, name


def refuse_bad_name(name: object) -> None:
    """Raise `GraphError` for a name SharePoint does not take."""
    fits = isinstance(name, str) and name == name.strip() and 0 < len(name) <= _LONGEST_NAME
    if not fits or _FORBIDDEN & set(name) or name.endswith(".") or _RESERVED.fullmatch(name):
        raise GraphError(400, "invalidRequest", "The provided name cannot contain that, or is too long or empty.")


def refuse_long_path(path: str) -> None:
    """Raise `GraphError` for a place that is too deep."""
    if len(path) > _LONGEST_PATH:
        raise GraphError(400, "pathIsTooLong", f"The path is longer than {_LONGEST_PATH} letters.")


def refuse_overflow(drive: Drive, more: int) -> None:
    """Raise `GraphError` 507 when a drive has no room for that many bytes more."""
    if used_bytes(drive) + more > drive.quota:
        raise GraphError(507, "quotaLimitReached", "Insufficient space available.")


def file_times(info: object) -> dict[str, datetime]:
    """Return the fields that a fileSystemInfo sets. Raises `GraphError`."""
    if info is None:
        return {}
    if not isinstance(info, dict):
        raise GraphError(400, "invalidRequest", "fileSystemInfo is an object.")
    try:
        return {
            field: datetime.fromisoformat(info[name]).replace(microsecond=0)
            for name, field in _TIMES.items()
            if info.get(name)
        }
    except (ValueError, TypeError) as problem:
        raise GraphError(400, "invalidRequest", "fileSystemInfo holds something that is no moment.") from problem


def _free_name(parent: Node, name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (name, "")
    number = 1
    while name_is_taken(parent.id, f"{stem} {number}{ending}"):
        number += 1
    return f"{stem} {number}{ending}"
