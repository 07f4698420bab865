"""Drives: /users/{id}/drive, /groups/{id}/drive, /sites/{id}/drives, /drives/{id}."""

from simulators.microsoft365.drives.graph.drive_shape import DRIVE, show_drive
from simulators.microsoft365.drives.graph.finding import found_drive, found_web, library_of, not_found
from simulators.microsoft365.drives.models import Drive
from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.graph.groups import found_group
from simulators.microsoft365.graph.listing import Listing, single
from simulators.microsoft365.models import Site

DRIVES = Listing(DRIVE, "drives", default_top=200, counts_need_consistency=False)


def answer_drive(call: Call, site: Site) -> Answer:
    """The first drive of a site."""
    return _single(call, library_of(site))


def group_drive(call: Call, group: str) -> Answer:
    """The first library of a Microsoft 365 group's site."""
    site = call.tenant.sites.live().filter(group_id=found_group(call, group).id).first()
    if site is None:
        raise not_found()
    site.tenant = call.tenant
    return answer_drive(call, site)


def site_drive(call: Call, site: str) -> Answer:
    """The first library of a site."""
    web = found_web(call, site)
    found = _of(web).order_by("name").filter(is_system=False, name__in=("OneDrive", "Documents")).first()
    if found is None:
        raise not_found()
    return _single(call, found)


def site_drive_list(call: Call, site: str) -> Answer:
    """The libraries of a site; those of SharePoint itself only for who selects ``system``."""
    drives = _of(found_web(call, site))
    if "system" not in DRIVE.chosen(call.query.get("$select")):
        drives = drives.filter(is_system=False)
    return DRIVES.answer(call, drives, show=show_drive)


def drive_detail(call: Call, drive: str) -> Answer:
    """One drive."""
    return _single(call, found_drive(call, drive))


def _of(web):
    return Drive.objects.select_related("web__site", "web__tenant", "web__site__tenant").filter(web=web)


def _single(call: Call, drive: Drive) -> Answer:
    return single(call, DRIVE, drive, "drives", show=show_drive)
