"""The first drive of a site, which everybody may name before anybody looked into it."""

from simulators.microsoft365.drives.models import Drive, Web
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Site


def first_name(site: Site) -> tuple[str, str]:
    """Return name and folder of the drive that every site has."""
    return ("OneDrive", "Documents") if site.is_personal else ("Documents", "Shared Documents")


def library_id(web: Web, name: str):
    """Return the id of a library."""
    return derived_id(web.id, "library", name)


def drive_unseen(site: Site) -> Drive:
    """Return the first drive of a site as it is known from outside, without furnishing the site."""
    name, folder = first_name(site)
    web = Web(id=site.web_id, tenant=site.tenant, site=site, path=site.path, display_name=site.display_name)
    return Drive(
        id=library_id(web, name),
        tenant=site.tenant,
        web=web,
        name=name,
        folder=folder,
        is_personal=site.is_personal,
        created_at=site.created_at,
        modified_at=site.modified_at,
    )
