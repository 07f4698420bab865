"""/drives/{id}/root/delta: what lies in a drive, and what changed there."""

from simulators.microsoft365.drives.graph.delta import Feed, delta
from simulators.microsoft365.drives.graph.finding import found_drive
from simulators.microsoft365.drives.graph.item_shape import ITEM, ItemShower
from simulators.microsoft365.drives.graph.naming import id_of_drive
from simulators.microsoft365.drives.models import Drive, Node
from simulators.microsoft365.graph.calls import Answer, Call, GraphError


class DriveFeed(Feed):
    """The files and folders of one drive. A folder that goes or is renamed is told; what lies in it is not."""

    context = "Collection(driveItem)"

    def __init__(self, drive: Drive, *, with_parents: bool) -> None:
        self.owner, self.with_parents = drive, with_parents
        self.path = f"/drives/{id_of_drive(drive)}/root/delta"
        self.shower = ItemShower(drive, in_feed=True)

    def chosen(self, select: str, expand: str) -> tuple[str, ...]:
        if expand:
            raise GraphError(400, "invalidRequest", "$expand is not supported with delta.")
        return tuple(dict.fromkeys((*ITEM.chosen(select or None), "id")))

    def rows(self):
        return Node.objects.filter(drive=self.owner)

    def show(self, row: Node, chosen: tuple[str, ...]) -> dict:
        return self.shower.show(row, chosen)

    def removal(self, row: Node) -> dict:
        return self.shower.removal(row)

    def beside(self, rows: list[Node]) -> list[Node]:
        """With the changed ones come the folders above them, unless the client wants to be spared."""
        told = {row.id: row for row in rows}
        if not self.with_parents:
            return rows
        wanted = {row.parent_id for row in rows} - {None} - set(told)
        while wanted:
            above = list(self.rows().live().filter(id__in=wanted))
            told |= {row.id: row for row in above}
            wanted = {row.parent_id for row in above} - {None} - set(told)
        return list(told.values())


def drive_delta(call: Call, drive: str) -> Answer:
    """What changed in a drive."""
    return delta(call, DriveFeed(found_drive(call, drive), with_parents="deltaexcludeparent" not in call.headers))
