"""/sites, /groups/{id}/sites/root and /users/{id}/drive."""

from uuid import UUID

from simulators.microsoft365.drives.graph.drives import answer_drive
from simulators.microsoft365.drives.graph.webs import answer_subsite
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.delta import delta
from simulators.microsoft365.graph.feeds import Feed
from simulators.microsoft365.graph.groups import found_group
from simulators.microsoft365.graph.listing import Listing, single
from simulators.microsoft365.graph.site_shape import SITE, SITE_OF_ALL, graph_id
from simulators.microsoft365.graph.users import found_user
from simulators.microsoft365.models import Scope, Tenant

ALL_SITES = Listing(SITE_OF_ALL, "sites", default_top=200, counts_need_consistency=False)
FOUND_SITES = Listing(SITE, "sites", default_top=200, counts_need_consistency=False)


class SiteFeed(Feed):
    """Sites that came, changed or went. SharePoint's dialect: `token=`, and a `deleted` facet."""

    scope, path, context, shape = Scope.SITES, "/sites/delta", "sites", SITE_OF_ALL
    is_directory = False
    token_options = ("token",)
    extra_options = ("$top",)
    gone_code = "resyncChangesApplyDifferences"

    def rows(self, tenant: Tenant):
        return tenant.sites.all()

    def removal(self, row) -> dict:
        return {"id": graph_id(row), "deleted": {"state": "deleted"}}


def site_delta(call: Call) -> Answer:
    """What changed among the sites."""
    return delta(call, SiteFeed())


def all_site_list(call: Call) -> Answer:
    """Every site, those of OneDrive included."""
    return ALL_SITES.answer(call, _live(call))


def site_list(call: Call) -> Answer:
    """The sites whose name contains what ``search`` says; ``*`` and nothing mean all. OneDrive's are not among them."""
    words = call.query.get("search", "").strip("*")
    return FOUND_SITES.answer(call, _live(call).filter(owner_id=None, display_name__icontains=words), extra=["search"])


def site_root(call: Call) -> Answer:
    """The tenant's root site."""
    return _single(call, path="")


def site_detail(call: Call, site: str) -> Answer:
    """One site, by Graph's id or by the name of its host."""
    parts = site.split(",")
    if len(parts) == 3:
        try:
            site_id, web_id = UUID(parts[1]), UUID(parts[2])
        except ValueError as problem:
            raise GraphError(400, "invalidRequest", f"The site id '{site}' is not valid.") from problem
        return answer_subsite(call, site_id, web_id) or _single(call, id=site_id, web_id=web_id)
    return site_at_path(call, host=site, path="")


def site_at_path(call: Call, host: str, path: str) -> Answer:
    """One site, by its host and its path on it."""
    personal = {call.tenant.onedrive_host: False, call.tenant.sharepoint_host: True}.get(host.lower())
    if personal is None:
        raise GraphError(400, "invalidRequest", "Invalid hostname for this tenancy")
    return _single(call, path__iexact="/" + path.strip("/") if path.strip("/") else "", owner_id__isnull=personal)


def group_root_site(call: Call, group: str) -> Answer:
    """The site of a Microsoft 365 group."""
    return _single(call, group_id=found_group(call, group).id)


def user_drive(call: Call, user: str) -> Answer:
    """Somebody's OneDrive. Raises `GraphError` 404 when it was never provisioned."""
    person = found_user(call, user)
    site = call.tenant.sites.live().filter(owner_id=person.id).first()
    if site is None:
        raise GraphError(404, "ResourceNotFound", "User's mysite not found.")
    site.tenant = call.tenant
    return answer_drive(call, site)


def _live(call: Call):
    return call.tenant.sites.live()


def _single(call: Call, **which) -> Answer:
    site = _live(call).filter(**which).first()
    if site is None or call.tenant.is_empty:
        raise GraphError(404, "itemNotFound", "Requested site could not be found")
    return single(call, SITE, site, "sites")
