"""Names things in answers: ids in the form the client prefers, change keys, etags."""

import base64
from dataclasses import dataclass
from uuid import UUID

from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.outlook.graph.finding import SORTS
from simulators.microsoft365.outlook.graph.texts import UNSAFE, wanted_text
from simulators.microsoft365.outlook.ids import Sort, written_id
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox

_IMMUTABLE = "immutableid"


@dataclass(frozen=True)
class Naming:
    """How one client wants the ids and the texts of one mailbox."""

    mailbox: Mailbox
    immutable: bool
    text_form: str = UNSAFE

    def item(self, item: Item) -> str:
        """Return the id of an item."""
        return self.gone(SORTS[item.kind], item.id, item.place)

    def gone(self, sort: Sort, thing: UUID, place: int) -> str:
        """Return the id of something that lay at ``place``."""
        return written_id(sort, self.mailbox.id, thing, place, immutable=self.immutable)

    def part(self, item: Item, part: UUID) -> str:
        """Return the id of an attachment."""
        sort = SORTS[item.kind]
        return written_id(sort, self.mailbox.id, item.id, item.place, immutable=self.immutable, part=part)

    def folder(self, folder_id: UUID | None) -> str | None:
        """Return the id of a folder, which has one form only."""
        return written_id(Sort.FOLDER, self.mailbox.id, folder_id) if folder_id else None


def naming_for(call: Call, mailbox: Mailbox) -> Naming:
    """Return the naming a call prefers."""
    return Naming(mailbox, wants_immutable(call), wanted_text(call))


def wants_immutable(call: Call) -> bool:
    """Return whether a call prefers immutable ids."""
    return (call.preference("IdType") or "").lower() == _IMMUTABLE


def change_key(row: Item | Folder) -> str:
    """Return the change key: another one after every change."""
    return base64.b64encode(b"\x09\x00\x00\x00\x16\x00\x00\x00" + row.id.bytes[:8] + row.revision.to_bytes(4)).decode()


def applied(call: Call, answer: Answer, size: int | None = None) -> Answer:
    """Say which preferences were followed."""
    told = ['IdType="ImmutableId"'] if wants_immutable(call) else []
    if size is not None and call.preference("odata.maxpagesize"):
        told.append(f"odata.maxpagesize={size}")
    if told:
        answer.headers["Preference-Applied"] = ", ".join(told)
    return answer
