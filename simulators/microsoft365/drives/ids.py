"""Ids of drives and their items, in the forms SharePoint gives them."""

import base64
import binascii
from uuid import UUID

_ITEM = "01"
_PREFIX_BYTES = 4


def drive_id(site_id: UUID, web_id: UUID, list_id: UUID) -> str:
    """Return Graph's id of a drive, which is made of the ids of its site, web and list."""
    return "b!" + base64.urlsafe_b64encode(site_id.bytes_le + web_id.bytes_le + list_id.bytes_le).decode()


def list_id_of(drive: str) -> UUID | None:
    """Return the id of the list behind a drive, or None for what is no drive's id."""
    try:
        raw = base64.b64decode(drive.removeprefix("b!"), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    return UUID(bytes_le=raw[32:]) if drive.startswith("b!") and len(raw) == 48 else None


def item_id(list_id: UUID, node_id: UUID) -> str:
    """Return Graph's id of a file or folder: the beginning of its drive's, then its own."""
    return _ITEM + base64.b32encode(list_id.bytes[:_PREFIX_BYTES] + node_id.bytes_le).decode()


def node_id_of(item: str) -> UUID | None:
    """Return the id that Graph's id of an item holds, or None for what is none."""
    try:
        raw = base64.b32decode(item.removeprefix(_ITEM))
    except (ValueError, binascii.Error):
        return None
    return UUID(bytes_le=raw[_PREFIX_BYTES:]) if item.startswith(_ITEM) and len(raw) == _PREFIX_BYTES + 16 else None


def site_id_of(drive: str) -> UUID:
    """Return the id of the site that a well-formed id of a drive holds."""
    return UUID(bytes_le=base64.b64decode(drive.removeprefix("b!"), altchars=b"-_")[:16])
