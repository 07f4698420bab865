"""The drive of Graph."""

from django.db.models import Sum

from simulators.microsoft365.drives.graph.naming import drive_url, id_of_drive, web_graph_id, web_url
from simulators.microsoft365.drives.models import Drive, Node
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.models import Person


def used_bytes(drive: Drive) -> int:
    """Return how much the files of a drive take."""
    return Node.objects.live().filter(drive=drive).aggregate(used=Sum("size"))["used"] or 0


def sharepoint_ids(drive: Drive) -> dict:
    """Return the ids that SharePoint itself uses."""
    web = drive.web
    return {
        "listId": str(drive.id),
        "siteId": str(web.site_id),
        "siteUrl": web_url(web),
        "tenantId": str(drive.tenant_id),
        "webId": str(web.id),
    }


def _quota(drive: Drive) -> dict:
    used = used_bytes(drive)
    remaining = max(0, drive.quota - used)
    state = "normal" if remaining else "exceeded"
    return {"deleted": 0, "remaining": remaining, "state": state, "total": drive.quota, "used": used}


def _owner(drive: Drive) -> dict:
    site = drive.web.site
    if site.group_id:
        return {"group": {"displayName": f"{site.display_name} Owners", "id": str(site.group_id)}}
    owner = Person.objects.filter(id=site.owner_id).first() if site.owner_id else None
    if owner is None:
        return {"user": {"displayName": "System Account"}}
    return {"user": {"displayName": owner.display_name, "id": str(owner.id)}}


DRIVE = Shape(
    "drive",
    {
        "id": id_of_drive,
        "createdDateTime": lambda drive: written(drive.created_at),
        "description": lambda drive: "",
        "driveType": lambda drive: "business" if drive.is_personal else "documentLibrary",
        "lastModifiedDateTime": lambda drive: written(drive.modified_at),
        "name": lambda drive: drive.name,
        "owner": _owner,
        "parentReference": lambda drive: {"siteId": web_graph_id(drive.web)},
        "quota": _quota,
        "sharePointIds": sharepoint_ids,
        "system": lambda drive: {} if drive.is_system else None,
        "webUrl": drive_url,
    },
    default=(
        "id", "createdDateTime", "description", "driveType", "lastModifiedDateTime", "name", "owner", "quota", "webUrl",
    ),
    unmodelled=("createdBy", "eTag", "lastModifiedBy"),
)  # fmt: skip


def show_drive(drive: Drive, chosen) -> dict:
    """Return a drive; only those that SharePoint keeps for itself have a system facet."""
    shown = DRIVE.show(drive, chosen)
    return {name: value for name, value in shown.items() if name != "system" or value is not None}
