"""The channels of a new team."""

from collections.abc import Iterator
from datetime import timedelta

from simulators.microsoft365.generator.groups import nickname, site_of
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Group, Person, Site
from simulators.microsoft365.teams.models import Channel, Workspace

WIKI, WEBSITE, PLANNER = "com.microsoft.teamspace.tab.wiki", "com.microsoft.teamspace.tab.web", "com.microsoft.planner"
_AGE = timedelta(days=430)
Membership = Channel.Membership


def channels_of(workspace: Workspace, people: list[Person]) -> Iterator[tuple[Channel, Site | None]]:
    """Yield the channels a team is born with, each with its own site where it has one."""
    group = workspace.group
    yield general(group, workspace), None
    for name, membership in (
        ("Projects", Membership.STANDARD),
        ("projects", Membership.STANDARD),
        ("Leadership 🔒", Membership.PRIVATE),
        ("Partners", Membership.SHARED),
    ):
        channel = Channel(
            id=derived_id(group.id, "channel", name),
            workspace=workspace,
            name=name,
            description="" if membership == Membership.STANDARD else f"{membership.label} talk of {group.display_name}",
            membership=membership,
            created_at=born_at(group),
        )
        site = None
        if channel.has_own_site:
            channel.members = [{"id": str(one.id), "owner": n == 0} for n, one in enumerate(people[:2])]
            site = site_of_channel(channel, group)
        else:
            channel.tabs = [_tab(channel, WEBSITE, "Website", "https://example.com/"), _tab(channel, WIKI, "Notes", "")]
        yield channel, site


def general(group: Group, workspace: Workspace, **facts) -> Channel:
    """Return the channel every team has."""
    channel = Channel(
        id=derived_id("thread", group.id),
        workspace=workspace,
        name="General",
        description=group.description,
        is_general=True,
        **({"created_at": born_at(group)} | facts),
    )
    channel.tabs = [_tab(channel, PLANNER, "Tasks", "https://tasks.example/board")]
    return channel


def born_at(group: Group):
    """Return when a team was made: those a tenant is born with are old enough for their oldest message."""
    return group.created_at if group.created_seq else min(group.created_at, group.tenant.created_at - _AGE)


def site_of_channel(channel: Channel, group: Group) -> Site:
    """Return the site of its own for a channel, and note it down there."""
    path = f"/sites/{group.nickname}-{nickname(channel.name)}-{channel.id.hex[:6]}"
    name = f"{group.display_name}-{channel.name}"
    site = site_of(group.tenant, path, name, channel.created_at, identity=channel.id)
    channel.site_id = site.id
    return site


def _tab(channel: Channel, app: str, name: str, url: str) -> dict:
    entity = str(derived_id(channel.id, "entity", name)) if app != WIKI else None
    configuration = {"entityId": entity, "contentUrl": url or None, "websiteUrl": url or None, "removeUrl": None}
    return {"id": str(derived_id(channel.id, "tab", name)), "app": app, "name": name, "configuration": configuration}
