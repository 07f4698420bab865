"""Operations on teams and their channels."""

from simulators.microsoft365.models import Scope, Site
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger, Op
from simulators.microsoft365.teams.generator.channels import WEBSITE, site_of_channel
from simulators.microsoft365.teams.generator.places import people_of
from simulators.microsoft365.teams.models import Channel, Workspace
from simulators.microsoft365.teams.mutations.finding import named_channel, named_workspace
from simulators.microsoft365.teams.mutations.ledger import new_thing_id, say, switchboard_of


def create_channel(ledger: Ledger, arguments: dict) -> dict:
    """Create a channel of a ``team``: ``name``, and if wanted ``membership`` standard, private or shared."""
    workspace = named_workspace(ledger, arguments)
    membership = arguments.get("membership", Channel.Membership.STANDARD)
    if membership not in Channel.Membership.values:
        raise CannotMutate(f"A channel is {', '.join(Channel.Membership.values)}, not {membership!r}.")
    people = people_of(workspace.group)
    members = [{"id": str(one.id), "owner": n == 0} for n, one in enumerate(people[:2])]
    channel = enter_channel(ledger, workspace, arguments.get("name") or "New channel", membership, members=members)
    if people:
        who = [str(people[0].id), people[0].display_name]
        say(ledger, channel.id, None, "event", initiator=who, channel=[channel.thread_id, channel.name])
    return _answer(channel)


def rename_channel(ledger: Ledger, arguments: dict) -> dict:
    """Give a ``channel`` of a ``team`` another ``name``."""
    channel = named_channel(ledger, arguments)
    if not arguments.get("name"):
        raise CannotMutate("rename_channel needs 'name'.")
    channel.name = arguments["name"]
    channel.save(update_fields=["name"])
    return _answer(channel)


def delete_channel(ledger: Ledger, arguments: dict) -> dict:
    """Delete a ``channel`` of a ``team`` with its own site; General stays for ever."""
    channel = named_channel(ledger, arguments)
    if channel.is_general:
        raise CannotMutate("The first channel of a team cannot be deleted.")
    channel.deleted_at = ledger.now
    channel.save(update_fields=["deleted_at"])
    for site in Site.objects.live().filter(id=channel.site_id):
        ledger.remove_site(site)
    return _answer(channel)


def add_tab(ledger: Ledger, arguments: dict) -> dict:
    """Add a tab to a ``channel`` of a ``team``: ``name``, ``url``."""
    channel = named_channel(ledger, arguments)
    url = arguments.get("url", "https://example.com/new")
    configuration = {"entityId": None, "contentUrl": url, "websiteUrl": url, "removeUrl": None}
    tab_id = enter_tab(channel, WEBSITE, arguments.get("name") or "New tab", configuration)
    return _answer(channel) | {"tab_id": tab_id}


def refuse_members(ledger: Ledger, arguments: dict) -> dict:
    """Let Graph answer 403 to who asks for the members of a ``team``, or with ``refused: false`` tell them again."""
    workspace = named_workspace(ledger, arguments)
    workspace.refuses_members = bool(arguments.get("refused", True))
    workspace.save(update_fields=["refuses_members"])
    return {"id": str(workspace.group_id)}


def protect_messages(ledger: Ledger, arguments: dict) -> dict:
    """Make messages of the tenant something only approved apps may read, or with ``protected: false`` not any more."""
    board = switchboard_of(ledger.tenant)
    board.protects_messages = bool(arguments.get("protected", True))
    board.save(update_fields=["protects_messages"])
    return {"protected": board.protects_messages}


def forget_team_cursors(ledger: Ledger, arguments: dict) -> dict:
    """Let every delta link of a ``team`` be forgotten."""
    workspace = named_workspace(ledger, arguments)
    workspace.epoch += 1
    workspace.save(update_fields=["epoch"])
    return {"id": str(workspace.group_id)}


def enter_channel(
    ledger: Ledger, workspace: Workspace, name: str, membership: str, *, members: list, **facts
) -> Channel:
    """Save a new channel, and its site where it has one of its own."""
    if workspace.channels.live().filter(name=name).exists():
        raise CannotMutate(f"There is a channel {name!r} already.")
    channel = Channel(
        id=new_thing_id(workspace, "channel"),
        workspace=workspace,
        name=name,
        membership=membership,
        **({"created_at": ledger.now.replace(microsecond=0)} | facts),
    )
    if channel.has_own_site:
        channel.members = members
        site = site_of_channel(channel, workspace.group)
        site.created_seq = ledger.record(Scope.SITES, site.id, Op.UPDATED)
        site.save(force_insert=True)
    channel.save(force_insert=True)
    return channel


def enter_tab(channel: Channel, app: str, name: str, configuration: dict) -> str:
    """Add a tab to a channel and return its id."""
    tab_id = str(new_thing_id(channel.workspace, "tab"))
    channel.refresh_from_db(fields=["tabs"])
    channel.tabs = [*channel.tabs, {"id": tab_id, "app": app, "name": name, "configuration": configuration}]
    channel.save(update_fields=["tabs"])
    return tab_id


def _answer(channel: Channel) -> dict:
    return {"id": channel.thread_id, "team_id": str(channel.workspace.group_id), "name": channel.name}
