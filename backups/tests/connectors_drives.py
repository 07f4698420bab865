"""A OneDrive and a site of the simulated tenant, for the tests of the contract."""

from backups.connectors.base import Refusal
from backups.connectors.contract import Source
from backups.connectors.microsoft365.onedrive import OneDriveConnector
from backups.connectors.microsoft365.sharepoint import SharePointConnector
from backups.tests.connector_contract import Subject, Truth, subject
from portal.tests.simulator import Simulator

# Either opens files, at Microsoft too.
FILES = "Files.Read.All Sites.Read.All"
STRANGE = "/Strange things"


def file_truth(item: dict, prefix: str = "") -> Truth:
    """Return an item of a drive as a backup must hold it."""
    parts = {}
    if item["kind"] == "file":
        parts["content"] = Refusal.MALWARE.value if item["malware"] else item["sha256"]
    elif item["kind"] == "package":
        parts["content"] = Refusal.NOT_A_FILE.value
    parent = prefix + item["parent"] if item["parent"] else ""
    record = (item["name"], item["modified"], item.get("size"), item["permissions"])
    return Truth(item["container"], parts, parent, record)


def file_record(record: dict) -> object:
    """Return what is compared of the record of an item."""
    permissions = []
    for one in record.get("permissions", []):
        (whom, who), (role,) = next(iter(one.get("grantedToV2", {"link": {"id": ""}}).items())), one["roles"]
        permissions.append(f"{role} {whom} {who['id']}{one.get('link', {}).get('scope', '')}")
    size = record.get("size") if "file" in record else None
    return (record["name"], record["fileSystemInfo"]["lastModifiedDateTime"], size, sorted(permissions))


@subject
class OneDrive(Subject):
    """The OneDrive of the ordinary user, who keeps strange things there; no bytes are damaged on their way."""

    name = "onedrive"
    connector_class = OneDriveConnector
    role = FILES
    changes_path = "/drives/[^/]+/root/delta"
    content_path = "/sharepoint/content/"
    is_verified = True
    mutations = (
        "new", "changed", "renamed", "moved", "a_folder", "a_folder_renamed", "a_folder_moved", "shared",
        "shared_again", "unshared", "deleted", "a_folder_less", "back", "a_notebook",
    )  # fmt: skip

    def __init__(self, simulator: Simulator, tenant: dict) -> None:
        super().__init__(simulator, tenant)
        self.user = tenant["user_id"]
        self.change("trouble_item", item=f"{STRANGE}/Damaged on the way once.txt", damaged=0)

    @property
    def source(self) -> Source:
        return Source(self.user, "USER")

    def truth(self) -> dict[str, Truth]:
        return {item["id"]: file_truth(item) for item in self.drive()["items"]}

    def compared(self, record: dict) -> object:
        return file_record(record)

    def drive(self) -> dict:
        """Return the ground truth of the drive."""
        return next(one for one in self.simulator.drives(self.tenant, user=self.user)["drives"] if not one["system"])

    def forget(self) -> None:
        self.change("forget_drive_cursors")

    def without(self) -> Source:
        users = self.simulator.manifest(self.tenant)["users"]
        return Source(next(user["id"] for user in users if user["kind"] == "guest"), "USER")

    def change(self, operation: str, **arguments) -> dict:
        """Let something happen in the drive."""
        return self.mutate({"op": operation, "user": self.user} | arguments)[0]

    def some_file(self, number: int = 0) -> str:
        """Return a file outside the folder of strange things."""
        items = [one for one in self.drive()["items"] if one["kind"] == "file" and not one["path"].startswith(STRANGE)]
        return items[number]["id"]

    def new(self) -> None:
        self.change("create_file", name="Rota.docx")
        self.change("create_file", name="Nothing.txt", size=0)

    def changed(self) -> None:
        self.change("change_file", item="/Rota.docx", text="Another week")

    def renamed(self) -> None:
        self.change("rename_item", item="/Rota.docx", name="Rota of May.docx")

    def moved(self) -> None:
        self.change("move_item", item="/Rota of May.docx", to=STRANGE)

    def a_folder(self) -> None:
        self.change("create_items_folder", name="Plans")
        self.change("create_file", parent="/Plans", name="A.txt", text="a")
        self.change("create_items_folder", parent="/Plans", name="Within")
        self.change("create_file", parent="/Plans/Within", name="B.txt", text="b")

    def a_folder_renamed(self) -> None:
        self.change("rename_item", item="/Plans", name="Plans of 2027")

    def a_folder_moved(self) -> None:
        self.change("move_item", item="/Plans of 2027", to=STRANGE)

    def shared(self) -> None:
        self.shared_file = self.some_file()
        self.change("share_item", item=self.shared_file, scope="anonymous", role="write")

    def shared_again(self) -> None:
        self.change("share_item", item=self.shared_file, **{"with": self.tenant["admin_id"]})

    def unshared(self) -> None:
        self.change("unshare_item", item=self.shared_file)

    def deleted(self) -> None:
        self.gone = self.some_file(1)
        self.change("delete_item", item=self.gone)

    def a_folder_less(self) -> None:
        self.change("delete_item", item=f"{STRANGE}/Plans of 2027")

    def back(self) -> None:
        self.change("restore_item", item=self.gone)

    def a_notebook(self) -> None:
        self.change("create_items_folder", name="Notes", package=True)


# Fields that every item has; the rest stand in columns of the list's own.
_EVERYWHERE = {
    "id", "ContentType", "Modified", "Created", "AuthorLookupId", "EditorLookupId", "_UIVersionString", "Attachments",
    "LinkTitle", "newInTheFuture",
}  # fmt: skip


@subject
class Site(Subject):
    """A site without a group, which has a subsite."""

    name = "sharepoint"
    connector_class = SharePointConnector
    role = FILES
    changes_path = "/(root|items)/delta"
    content_path = "/sharepoint/content/"
    is_verified = True
    # What happens to files alone is tried at a OneDrive.

    def __init__(self, simulator: Simulator, tenant: dict) -> None:
        super().__init__(simulator, tenant)
        sites = simulator.manifest(tenant)["sites"]
        one = next(one for one in sites if one["state"] == "live" and not (one["owner_id"] or one["group_id"]))
        self.site, self.path = one["id"], one["path"]
        self.stranger = f"{tenant['sharepoint_host']},{self.stranger},{self.stranger}"

    @property
    def source(self) -> Source:
        return Source(self.site, "SITE")

    def truth(self) -> dict[str, Truth]:
        told, found = self.told(), {}
        for drive in told["drives"]:
            if not drive["system"]:
                prefix = f"{drive['id']}/"
                found |= {prefix + item["id"]: file_truth(item, prefix) for item in drive["items"]}
        for one in told["lists"]:
            if one["template"] == "userInfo" or not (one["system"] or one["hidden"]):
                items = one["items"]
                found |= {f"{one['id']}/{item['id']}": Truth(one["id"], {}, record=item["fields"]) for item in items}
        for page in told["pages"]:
            feed = f"{page['container']}/pages"
            found[f"{feed}/{page['id']}"] = Truth(feed, {}, record=(page["name"], page["title"], page["canvas"]))
        return found

    def compared(self, record: dict) -> object:
        if "fields" in record:
            return {name: value for name, value in record["fields"].items() if name not in _EVERYWHERE}
        if "canvasLayout" in record:
            return record["name"], record["title"], record["canvasLayout"]
        return file_record(record)

    def known_as(self, feed: str, remote_id: str) -> str:
        return f"{feed}/{remote_id}"

    def forget(self) -> None:
        for drive in self.told()["drives"]:
            self.mutate({"op": "forget_drive_cursors", "drive": drive["id"]})

    def without(self) -> Source:
        self.mutate({"op": "create_site", "display_name": "Gone", "path": "/sites/gone"})
        sites = self.simulator.manifest(self.tenant)["sites"]
        gone = next(site for site in sites if site["path"] == "/sites/gone")["id"]
        self.mutate({"op": "delete_site", "site": "/sites/gone"})
        return Source(gone, "SITE")

    def told(self) -> dict:
        """Return the ground truth of the site."""
        return self.simulator.drives(self.tenant, site=self.site)

    def change(self, operation: str, **arguments) -> dict:
        """Let something happen in the site, in its library of documents unless it says where."""
        return self.mutate({"op": operation, "site": self.path} | arguments)[0]

    def subsite(self) -> str:
        """Return the path of the subsite."""
        return f"{self.path}/handbook"

    def new(self) -> None:
        for site in (self.path, self.subsite()):
            self.change("create_list_item", site=site, list="Tasks", fields={"Title": "Call", "Effort": 2})
            self.change("create_page", site=site, title="Holidays", text="Closed in May")
        self.change("create_file", name="Minutes.docx")
        self.change("create_file", name="Rules.docx", library="Policies")

    def changed(self) -> None:
        self.change("update_list_item", list="Tasks", item="1", fields={"State": "Done", "Details": None})
        self.change("edit_page", page="Holidays.aspx", text="Open in May")
        self.change("share_item", item="/Minutes.docx", **{"with": self.tenant["user_id"]})

    def moved(self) -> None:
        self.change("create_items_folder", name="Old")
        self.change("move_item", item="/Minutes.docx", to="/Old")

    def deleted(self) -> None:
        self.change("create_items_folder", name="Gone")
        told = self.told()
        documents = next(one for one in told["drives"] if one["site"] == self.site and one["name"] == "Documents")
        paths = [one["path"] for one in documents["items"] if one["kind"] == "folder"]
        self.change("delete_item", item=max(paths, key=lambda path: sum(path in other for other in paths)))
        self.change("delete_list_item", list="Tasks", item="2")
        self.change("delete_page", page=next(one["name"] for one in told["pages"] if one["container"] == self.site))
