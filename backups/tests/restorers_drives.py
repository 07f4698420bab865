"""A OneDrive and a site of a simulated tenant, for the tests of the restorers' contract."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from backups.connectors.contract import Feed, Source
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.onedrive import OneDriveConnector
from backups.connectors.microsoft365.restore_onedrive import OneDriveRestorer
from backups.connectors.microsoft365.restore_sharepoint import SharePointRestorer
from backups.connectors.microsoft365.sharepoint import SharePointConnector
from backups.connectors.restoring import Saved
from backups.tests.restorer_contract import Restorable, restorable
from backups.tests.restoring import MemoryTree, saved_tree
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


def parted(tree: MemoryTree, files: list[Saved]) -> Iterator[tuple[str, tuple, tuple]]:
    """Yield the folder of a restore that something lies in ("" for none), its way, and its content."""
    for saved in files:
        prefix = (part_name(tree, saved.feed),)
        path = path_of(tree, saved)
        is_copy = path[0].startswith(_FOLDERS)
        if is_copy and len(path) > 1:
            yield path[0], (*prefix, *path[1:]), file_row(saved)
        elif not is_copy:
            yield "", (*prefix, *path), file_row(saved)


def part_name(tree: MemoryTree, feed: Feed) -> str:
    """Return the name of a part of a site, with that of the subsite it lies in before it."""
    site = tree.feed(feed.parent)
    return f"{site.name} {feed.name}" if site and site.parent else feed.name


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
        self.let(
            {"op": "trouble_item", "item": "/Strange things/Damaged on the way once.txt", "damaged": 0},
            # Thirty folders in each other are a test of their own.
            {"op": "delete_item", "item": "/Strange things/Level 1"},
        )

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
        return Counter(
            (way, row) for place, way, row in parted(tree, list(tree.objects.values())) if place == (folder or "")
        )

    def copied_rows(self, tree: MemoryTree) -> Counter:
        return self.rows(tree)

    def read(self, graph: Graph, source: Source) -> MemoryTree:
        tree = super().read(graph, source)
        held = {key: one for key, one in tree.objects.items() if is_restorable(one)}
        # Somebody's victim is a file.
        return MemoryTree(tree.all_feeds, dict(sorted(held.items(), key=lambda one: "file" not in one[1].record)))


@dataclass
class SiteTree(MemoryTree):
    """A site, with what is never put back by itself kept apart: tops of drives, and who the people are."""

    others: dict[str, Saved] = field(default_factory=dict)

    def object(self, object_id: str) -> Saved | None:
        return super().object(object_id) or self.others.get(object_id)


@restorable
class Site(Restorable):
    """A site without a group, which has a subsite; the other one has neither a subsite nor a library of policies."""

    name = "sharepoint"
    connector_class = SharePointConnector
    restorer_class = SharePointRestorer
    role = WRITES
    makes_path = "/(children|content|items|pages|lists)$"

    def __init__(self, simulator: Simulator, tenant: dict) -> None:
        super().__init__(simulator, tenant)
        one = next(one for one in self.live() if not (one["owner_id"] or one["group_id"]))
        self.site, self.path = one["id"], one["path"]
        self.stranger = f"{tenant['sharepoint_host']},{self.stranger},{self.stranger}"

    def live(self) -> list[dict]:
        """Return the sites there are."""
        return [one for one in self.simulator.manifest(self.tenant)["sites"] if one["state"] == "live"]

    @property
    def source(self) -> Source:
        return Source(self.site, "SITE")

    @property
    def other(self) -> Source:
        known = [one["id"] for one in self.live() if one["path"] == "/sites/crowns"]
        if not known:
            self.simulator.mutate(self.tenant, {"op": "create_site", "display_name": "Crowns", "path": "/sites/crowns"})
            self.simulator.mutate(self.tenant, {"op": "delete_page", "site": "/sites/crowns", "page": "Home.aspx"})
            known = [one["id"] for one in self.live() if one["path"] == "/sites/crowns"]
        return Source(known[0], "SITE")

    def web_of(self, site: str) -> str:
        """Return the path of the site, or of its subsite, by its id."""
        return self.path if site == self.site else f"{self.path}/handbook"

    def destroy(self) -> None:
        told = self.simulator.drives(self.tenant, site=self.site)
        gone = [
            {"op": "delete_item", "item": one["id"]}
            for drive in told["drives"] if not drive["system"]
            for one in drive["items"] if one["path"].count("/") == 1 and one["path"] != "/"
        ]  # fmt: skip
        gone += [
            {"op": "delete_list_item", "site": self.web_of(one["site"]), "list": one["name"], "item": item["id"]}
            for one in told["lists"] if not (one["system"] or one["hidden"])
            for item in one["items"]
        ]  # fmt: skip
        gone += [
            {"op": "delete_page", "site": self.web_of(one["container"]), "page": one["name"]} for one in told["pages"]
        ]
        self.simulator.mutate(self.tenant, *gone)

    def change(self, saved: Saved) -> None:
        item = saved.id.rpartition("/")[2]
        self.simulator.mutate(self.tenant, {"op": "change_file", "item": item, "text": "Give us money"})

    def rows(self, tree: SiteTree, folder: str | None = None) -> Counter:
        files = [one for one in tree.objects.values() if one.feed.type == "library"]
        rows = [(way, row) for place, way, row in parted(tree, files) if place == (folder or "")]
        for saved in tree.objects.values():
            if saved.feed.type == "list":
                rows += self.list_rows(tree, saved, folder)
            elif saved.feed.type == "pages":
                rows += self.page_rows(tree, saved, folder)
        return Counter(rows)

    def copied_rows(self, tree: SiteTree) -> Counter:
        return self.rows(tree)

    def list_rows(self, tree: SiteTree, saved: Saved, folder: str | None) -> Iterator[tuple]:
        """Yield an item with the people in it by their names."""
        name, end = part_name(tree, saved.feed), f" {folder}"
        if name.endswith(end) if folder else "Restored" not in name:
            fields = {
                key: value
                for key, value in saved.record["fields"].items()
                if key in ("Title", "Details", "State", "DueDate", "Effort", "Urgent", "City", "Discount")
            }
            person = saved.record["fields"].get("AssignedLookupId")
            if person:
                users = next(
                    feed for feed in tree.all_feeds
                    if feed.parent == saved.feed.parent and feed.record.get("list", {}).get("template") == "userInfo"
                )  # fmt: skip
                fields["Assigned"] = tree.object(f"{users.id}/{person}").record["fields"]["Title"]
            yield (name.removesuffix(end), json.dumps(fields, sort_keys=True)), ()

    def page_rows(self, tree: SiteTree, saved: Saved, folder: str | None) -> Iterator[tuple]:
        """Yield a page with what stands on it."""
        site, end = tree.feed(saved.feed.parent), f"-{(folder or '').replace(' ', '-')}"
        name = saved.record["name"].removesuffix(".aspx")
        if name.endswith(end) if folder else "Restored" not in name:
            prefix = f"{site.name} ".replace(" ", "-") if site.parent else ""
            content = json.dumps([saved.record["title"], saved.record["canvasLayout"]], sort_keys=True)
            yield (f"{prefix}{name.removesuffix(end)}", content), ()

    def read(self, graph: Graph, source: Source) -> SiteTree:
        tree, restorer = saved_tree(self.connector_class(graph), source), self.restorer_class(graph)
        held, others = {}, {}
        for key, one in tree.objects.items():
            is_own = restorer.turn(one.feed, one.facts) >= 0
            kind = held if is_own and (one.feed.type != "library" or is_restorable(one)) else others
            kind[key] = one
        # Somebody's victim is a file.
        ordered = dict(sorted(held.items(), key=lambda one: "file" not in one[1].record))
        return SiteTree(tree.all_feeds, ordered, others)
