"""The site of Graph."""

from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.models import Site


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
