"""The site and the drive of Graph."""

from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.ids import derived_id, derived_number
from simulators.microsoft365.models import Site

_TERABYTE = 1024**4


def host_of(site: Site) -> str:
    """Return the host name a site is served from."""
    return site.tenant.onedrive_host if site.is_personal else site.tenant.sharepoint_host


def graph_id(site: Site) -> str:
    """Return the id Graph gives a site: host, site collection, web."""
    return f"{host_of(site)},{site.id},{site.web_id}"


def _web_url(site: Site) -> str:
    return f"https://{host_of(site)}{site.path}"


SITE = Shape(
    "site",
    {
        "id": graph_id,
        "createdDateTime": lambda site: written(site.created_at),
        "description": lambda site: "",
        "displayName": lambda site: site.display_name,
        "eTag": lambda site: f'"{{{site.web_id}}},{int(site.modified_at.timestamp())}"',
        "isPersonalSite": lambda site: site.is_personal,
        "lastModifiedDateTime": lambda site: written(site.modified_at),
        "name": lambda site: site.path.rpartition("/")[2],
        "root": lambda site: {},
        "sharepointIds": lambda site: {
            "siteId": str(site.id),
            "siteUrl": _web_url(site),
            "tenantId": str(site.tenant_id),
            "webId": str(site.web_id),
        },
        "siteCollection": lambda site: {"hostname": host_of(site)},
        "webUrl": _web_url,
    },
    default=(
        "id", "createdDateTime", "description", "displayName", "lastModifiedDateTime", "name", "root",
        "siteCollection", "webUrl",
    ),
    unmodelled=("createdBy", "lastModifiedBy", "parentReference"),
)  # fmt: skip
# The lists of all sites also say which are somebody's OneDrive.
SITE_OF_ALL = Shape("site", SITE.makers, default=(*SITE.default, "isPersonalSite"))


def _quota(site: Site) -> dict:
    used = derived_number(50 * 1024**3, "used", site.id)
    return {"deleted": 0, "remaining": _TERABYTE - used, "state": "normal", "total": _TERABYTE, "used": used}


def _owner(site: Site) -> dict:
    person = site.owner
    return {"user": {"displayName": person.display_name, "id": str(person.id)}}


DRIVE = Shape(
    "drive",
    {
        "id": lambda site: f"b!{derived_id('drive', site.id).hex}{site.web_id.hex}",
        "createdDateTime": lambda site: written(site.created_at),
        "description": lambda site: "",
        "driveType": lambda site: "business",
        "lastModifiedDateTime": lambda site: written(site.modified_at),
        "name": lambda site: "OneDrive",
        "owner": _owner,
        "quota": _quota,
        "webUrl": lambda site: f"{_web_url(site)}/Documents",
    },
    default=(
        "id", "createdDateTime", "description", "driveType", "lastModifiedDateTime", "name", "owner", "quota", "webUrl",
    ),
    unmodelled=("createdBy", "eTag", "lastModifiedBy", "parentReference", "sharePointIds", "system"),
)  # fmt: skip
