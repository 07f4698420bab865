"""A OneDrive of a simulated tenant, for the tests of the restorers' contract."""

from collections import Counter
from collections.abc import Iterator

from backups.connectors.contract import Source
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.onedrive import OneDriveConnector
from backups.connectors.microsoft365.restore_onedrive import OneDriveRestorer
from backups.connectors.restoring import Saved
from backups.tests.restorer_contract import Restorable, restorable
from backups.tests.restoring import MemoryTree
from portal.tests.simulator import Simulator

_FOLDERS = ("Restored",)
WRITES = "Files.ReadWrite.All Sites.ReadWrite.All"


def path_of(tree: MemoryTree, saved: Saved) -> tuple[str, ...]:
    """Return the names on the way to a file or folder, its own the last; nothing for the top of a drive."""
    names = []
    while saved is not None and "root" not in saved.record:
        names.insert(0, saved.record["name"])
        saved = tree.object(saved.parent)
    return tuple(names)


def file_row(saved: Saved) -> tuple:
    """Return what has to come back of a file or folder besides its place."""
    times = saved.record["fileSystemInfo"]
    if "folder" in saved.record:
        return ("folder", times["createdDateTime"])
    hashes = saved.record["file"]["hashes"]["quickXorHash"], saved.parts["content"]
    return (*hashes, times["createdDateTime"], times["lastModifiedDateTime"])


def is_restorable(saved: Saved) -> bool:
    """Return whether something can be put back by itself: no top of a drive, notebook or malware."""
    return "root" not in saved.record and ("folder" in saved.record or "content" in saved.parts)


def parted(tree: MemoryTree, prefix: tuple = ()) -> Iterator[tuple[str, tuple, tuple]]:
    """Yield the folder of a restore that something lies in ("" for none), its way, and its content."""
    for saved in tree.objects.values():
        if "root" in saved.record:
            continue
        path = path_of(tree, saved)
        is_copy = path[0].startswith(_FOLDERS)
        if is_copy and len(path) > 1:
            yield path[0], (*prefix, *path[1:]), file_row(saved)
        elif not is_copy:
            yield "", (*prefix, *path), file_row(saved)


@restorable
class OneDrive(Restorable):
    """The OneDrive of the ordinary user, who keeps strange things there; the other one has nothing in it."""

    name = "onedrive"
    connector_class = OneDriveConnector
    restorer_class = OneDriveRestorer
    role = WRITES
    makes_path = "/(children|content)$"

    def __init__(self, simulator: Simulator, tenant: dict) -> None:
        super().__init__(simulator, tenant)
        self.let({"op": "trouble_item", "item": "/Strange things/Damaged on the way once.txt", "damaged": 0})

    @property
    def source(self) -> Source:
        return Source(self.tenant["user_id"], "USER")

    @property
    def other(self) -> Source:
        users = self.simulator.manifest(self.tenant)["users"]
        known = next((user for user in users if user["display_name"] == "Nora New"), None)
        if known is None:
            known = self.simulator.mutate(self.tenant, {"op": "create_user", "display_name": "Nora New"})[0]
        return Source(known["id"], "USER")

    def let(self, *operations: dict) -> None:
        """Let things happen in the OneDrive."""
        self.simulator.mutate(self.tenant, *[{"user": self.source.remote_id} | one for one in operations])

    def destroy(self) -> None:
        held = self.simulator.drives(self.tenant, user=self.source.remote_id)["drives"][0]["items"]
        self.let(
            *[
                {"op": "delete_item", "item": one["id"]}
                for one in held
                if one["path"].count("/") == 1 and one["path"] != "/"
            ]
        )

    def change(self, saved: Saved) -> None:
        self.let({"op": "change_file", "item": saved.id, "text": "Give us money"})

    def rows(self, tree: MemoryTree, folder: str | None = None) -> Counter:
        return Counter((way, row) for place, way, row in parted(tree) if place == (folder or ""))

    def copied_rows(self, tree: MemoryTree) -> Counter:
        return self.rows(tree)

    def read(self, graph: Graph, source: Source) -> MemoryTree:
        tree = super().read(graph, source)
        held = {key: one for key, one in tree.objects.items() if is_restorable(one)}
        # Somebody's victim is a file.
        return MemoryTree(tree.all_feeds, dict(sorted(held.items(), key=lambda one: "file" not in one[1].record)))
