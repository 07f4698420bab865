"""Subsites: /sites/{id}/sites, and one by its id. The list of all sites of a tenant has none of them."""

from uuid import UUID

from simulators.microsoft365.drives.graph.finding import found_web
from simulators.microsoft365.drives.models import Web
from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.graph.listing import Listing, single
from simulators.microsoft365.graph.site_shape import SITE
from simulators.microsoft365.models import Site

SUBSITES = Listing(SITE, "sites", default_top=200, counts_need_consistency=False)


def subsite_list(call: Call, site: str) -> Answer:
    """The subsites of a site."""
    web = found_web(call, site)
    rows = Web.objects.select_related("tenant").filter(parent_id=web.id)
    return SUBSITES.answer(call, rows, show=_show)


def answer_subsite(call: Call, site_id: UUID, web_id: UUID) -> Answer | None:
    """Return a subsite by the ids of its site and its own; None for what is no subsite."""
    rows = Web.objects.select_related("tenant").filter(tenant=call.tenant, site__deleted_at=None)
    web = rows.filter(site_id=site_id, id=web_id, parent_id__isnull=False).first()
    return single(call, SITE, web, "sites", show=_show) if web and not call.tenant.is_empty else None


def _show(web: Web, chosen) -> dict:
    as_site = Site(
        id=web.site_id,
        web_id=web.id,
        tenant=web.tenant,
        path=web.path,
        display_name=web.display_name,
        created_at=web.created_at,
        modified_at=web.modified_at,
    )
    # Only the top of a site is the root of something.
    return {name: value for name, value in SITE.show(as_site, chosen).items() if name != "root"}
