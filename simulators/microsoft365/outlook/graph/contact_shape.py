"""The contact of Graph, made from an item."""

import hashlib
from functools import cached_property

from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.outlook.content.people import Card
from simulators.microsoft365.outlook.graph.naming import Naming, change_key
from simulators.microsoft365.outlook.models import Item

_TEXTS = (
    "displayName", "fileAs", "givenName", "initials", "middleName", "nickName", "surname", "title", "yomiGivenName",
    "yomiSurname", "yomiCompanyName", "generation", "companyName", "department", "jobTitle", "officeLocation",
    "profession", "assistantName", "manager", "spouseName", "personalNotes", "businessHomePage", "mobilePhone",
    "birthday",
)  # fmt: skip
_LISTS = ("imAddresses", "businessPhones", "homePhones", "emailAddresses", "children")
_ADDRESSES = ("homeAddress", "businessAddress", "otherAddress")
# Exchange writes these as "" rather than as null.
_NEVER_NULL = ("displayName", "fileAs", "personalNotes")


class SeenContact:
    """One contact as one client sees it."""

    def __init__(self, item: Item, naming: Naming) -> None:
        self.item, self.naming = item, naming

    @cached_property
    def card(self) -> Card:
        """The content, derived when something of it is shown."""
        return Card(self.item)


def _value(name: str, default):
    return lambda seen: seen.card.value(name, default)


CONTACT = Shape(
    "contact",
    {
        "@odata.etag": lambda seen: f'W/"{change_key(seen.item)}"',
        "id": lambda seen: seen.naming.item(seen.item),
        "createdDateTime": lambda seen: written(seen.item.created_at),
        "lastModifiedDateTime": lambda seen: written(seen.item.modified_at),
        "changeKey": lambda seen: change_key(seen.item),
        "categories": _value("categories", []),
        "parentFolderId": lambda seen: seen.naming.folder(seen.item.folder_id),
    }
    | {name: _value(name, "" if name in _NEVER_NULL else None) for name in _TEXTS}
    | {name: _value(name, []) for name in _LISTS}
    | {name: _value(name, {}) for name in _ADDRESSES},
    default=(
        "@odata.etag", "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "categories", "parentFolderId",
        *_TEXTS, *_LISTS, *_ADDRESSES,
    ),
    unmodelled=("primaryEmailAddress", "secondaryEmailAddress", "tertiaryEmailAddress"),
    relations=("photo", "singleValueExtendedProperties"),
)  # fmt: skip


def photo_etag(photo: bytes) -> str:
    """Return the etag of a photo."""
    return f'"{hashlib.sha256(photo).hexdigest()[:32].upper()}"'


def sides(photo: bytes) -> tuple[int, int]:
    """Return width and height of a photo; of one that is no PNG they are guessed as Exchange does, as a square."""
    if photo.startswith(b"\x89PNG") and len(photo) > 24:
        return int.from_bytes(photo[16:20]), int.from_bytes(photo[20:24])
    return 96, 96


def photo_type(photo: bytes) -> str:
    """Return the content type of a photo."""
    return "image/png" if photo.startswith(b"\x89PNG") else "image/jpeg"
