"""Who talks in a team, and where its files lie."""

from simulators.microsoft365.models import Group, GroupMember, Person, Site
from simulators.microsoft365.teams.models import Channel


def people_of(group: Group) -> list[Person]:
    """Return the people of a team, its owners first."""
    rows = GroupMember.objects.filter(group=group, is_group=False)
    owners = set(rows.filter(is_owner=True).values_list("member_id", flat=True))
    people = Person.objects.live().filter(tenant=group.tenant, id__in=rows.values("member_id"))
    return sorted(people, key=lambda person: (person.id not in owners, str(person.id)))


def site_of_files(channel: Channel) -> Site | None:
    """Return the site a channel's files lie in: its own, or the team's."""
    sites = Site.objects.live().filter(tenant_id=channel.workspace.tenant_id).select_related("tenant")
    if channel.has_own_site:
        return sites.filter(id=channel.site_id).first()
    return sites.filter(group_id=channel.workspace.group_id).first()


def library_of(channel: Channel) -> tuple[str, str] | None:
    """Return the host and the folder of a channel's files."""
    site = site_of_files(channel)
    if site is None:
        return None
    return site.tenant.sharepoint_host, f"{site.path}/Shared Documents/{channel.name}"
