"""One list at the target: what it holds, and adding items to it so that none comes twice.

Nothing can be written into an item by which a restore would know it again, but SharePoint numbers items one after the
other. So items of a list are added one at a time, and before each the highest number so far is written down among the
places of the restore. After a break an item was made by that try if it has a higher number, the very values that were
sent, and no other item of the restore has it.
"""

import threading
from typing import Any

from backups.connectors.microsoft365.list_columns import holds, mark_in, own_columns
from backups.connectors.microsoft365.records import digest
from backups.connectors.microsoft365.sharepoint_calls import COUNTED_BY, LIST, SharePoint, part_of
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.microsoft365.writing import Writer
from backups.connectors.restoring import Places

_ITEMS = "$expand=fields&$top=1000"


class ListTarget:
    """A list of ``site``, described by ``entry``. ``columns`` are those by which its items are compared.

    Safe for several threads.
    """

    def __init__(
        self, sharepoint: SharePoint, site: str, entry: dict[str, Any], columns: dict[str, dict[str, Any]]
    ) -> None:
        self.site, self.id, self.own = site, entry["id"], own_columns(entry)
        self._sharepoint, self._writer, self._columns = sharepoint, Writer(sharepoint.graph), columns
        self._path = f"sites/{quoted(site)}/lists/{quoted(self.id)}/items"
        self._one_at_a_time = threading.RLock()
        self._marks: dict[int, str] | None = None
        self._by_mark: dict[str, int] = {}
        self._claimed: set[int] = set()

    def marks(self) -> dict[int, str]:
        """Return what each item is known by, by its number."""
        with self._one_at_a_time:
            if self._marks is None:
                self._marks = {}
                for number, fields in self._listed():
                    self._learn(number, mark_in(self._columns, fields))
            return self._marks

    def number_of(self, mark: str) -> int | None:
        """Return the number of an item that is known by ``mark``."""
        self.marks()
        return self._by_mark.get(mark)

    def add(self, places: Places, key: str, fields: dict[str, Any]) -> int:
        """Add an item for a restore key and return its number. Raises what `Writer.post` raises, and `NotThere`."""
        with self._one_at_a_time:
            highest = max((*self.marks(), *self._claimed), default=0)
            places.set(self._written_down(key), str(highest))
            entry = self._writer.post(self._path, {"fields": fields}, counted_by=COUNTED_BY)
            number = int(entry["id"])
            self._settle(number, part_of(entry, "fields") or fields)
            return number

    def found(self, places: Places, key: str, fields: dict[str, Any]) -> int | None:
        """Return the number of the item that a try with this restore key added, or None."""
        with self._one_at_a_time:
            highest = places.get(self._written_down(key))
            if not highest:
                return None
            for number, there in sorted(self._listed(), key=lambda one: one[0]):
                if number > int(highest) and number not in self._claimed and holds(there, fields):
                    self._settle(number, there)
                    return number
            return None

    def remove(self, number: int) -> None:
        """Put an item into the recycle bin, if it is still there."""
        self._writer.delete(f"{self._path}/{number}", counted_by=COUNTED_BY)

    def _settle(self, number: int, fields: dict[str, Any]) -> None:
        self._claimed.add(number)
        self.marks()
        self._learn(number, mark_in(self._columns, fields))

    def _learn(self, number: int, mark: str) -> None:
        self._marks[number] = mark
        self._by_mark.setdefault(mark, number)

    def _written_down(self, key: str) -> str:
        return f"adding {digest([self.id, key])}"

    def _listed(self) -> list[tuple[int, dict[str, Any]]]:
        pages = self._sharepoint.listed(f"{self._path}?{_ITEMS}", "item of a list", units=LIST)
        return [(int(key), part_of(entry, "fields")) for key, entry in pages if key.isdecimal()]
