"""Makes what a team holds when somebody first looks into it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from random import Random

from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Change, Group, Person, Scope, Site
from simulators.microsoft365.mutations.ledger import Ledger
from simulators.microsoft365.teams.generator.channels import WEBSITE, channels_of, general
from simulators.microsoft365.teams.generator.places import library_of, people_of
from simulators.microsoft365.teams.generator.sizes import volume_of
from simulators.microsoft365.teams.generator.talk import Talk, recipes
from simulators.microsoft365.teams.generator.threads import make_threads
from simulators.microsoft365.teams.models import Channel, Message, Workspace

_BATCH = 2000
_APPS = (WEBSITE, "com.microsoft.teamspace.tab.planner", "14d6962d-6eeb-4f48-8890-de55454bb136")
_DELETED_EVERY = 10
# The third team of a tenant does not let its members be read.
_REFUSING = 2


def make_workspace(ledger: Ledger, group: Group) -> Workspace:
    """Make a team with its channels and all that was said in them."""
    is_old = group.created_seq == 0
    workspace = Workspace(
        group=group,
        tenant=ledger.tenant,
        apps=[{"id": str(derived_id(group.id, "app", app)), "app": app} for app in _APPS],
        refuses_members=is_old and _place(group) == _REFUSING,
        # What was founded later was not there on earlier days.
        days_played=0 if is_old else ledger.tenant.days_played,
    )
    workspace.save(force_insert=True)
    people = people_of(group)
    if not is_old:
        _found(workspace, people)
        return workspace
    dice = Random(f"{ledger.tenant.seed}/{group.id}/talk")  # noqa: S311
    for number, (channel, site) in enumerate(channels_of(workspace, people)):
        if site is not None:
            _give_site(ledger, site)
        channel.save(force_insert=True)
        _fill(channel, people, number, dice)
    make_threads(group, people, Random(f"{ledger.tenant.seed}/{group.id}/threads"))  # noqa: S311
    return workspace


def _found(workspace: Workspace, people: list[Person]) -> None:
    channel = general(workspace.group, workspace)
    channel.save(force_insert=True)
    if people:
        members = [[str(one.id), one.display_name] for one in people]
        talk = Talk(workspace.tenant, channel.id, [(people[0].id, people[0].display_name)], None, Random(0))  # noqa: S311
        talk.message("event", workspace.group.created_at, members=members, initiator=members[0]).save(force_insert=True)


def _give_site(ledger: Ledger, site: Site) -> None:
    # Not "created": ids of new things count what was created, and looking must not change them.
    site.created_seq = ledger.record(Scope.SITES, site.id, Change.Operation.UPDATED)
    site.save(force_insert=True)


def _fill(channel: Channel, people: list[Person], number: int, dice: Random) -> None:
    volume = volume_of(channel.workspace.tenant)
    count = volume.posts // 2 if number == 0 else max(1, volume.posts // 8)
    voices = [(one.id, one.display_name) for one in people] or [(channel.id, "Former member")]
    talk = Talk(channel.workspace.tenant, channel.id, voices, library_of(channel), dice)
    longest = volume.longest if number == 0 else 2
    posts = talk.posts(recipes(count, dice, nasty=number == 0), longest)
    messages = _with_history(talk, posts, voices, number)
    while batch := list(islice(messages, _BATCH)):
        Message.objects.bulk_create(batch)


def _with_history(talk: Talk, messages: Iterator[Message], voices: list, number: int) -> Iterator[Message]:
    """Add what the system says first; in the first channel one post was edited and some messages were deleted."""
    members = [[str(who), name] for who, name in voices]
    first = talk.tenant.created_at - timedelta(days=425)
    yield talk.message("event", first, members=members, initiator=members[0])
    plain = 0
    for message in messages:
        if number == 0 and message.recipe == "file" and message.reply_to is None:
            message.edition = 2
            message.edited_at = message.modified_at = message.modified_at + timedelta(minutes=1)
            message.chain_at = max(message.chain_at, message.modified_at)
        plain += message.recipe in ("plain", "post")
        if number == 0 and message.recipe in ("plain", "post") and plain % _DELETED_EVERY == 0:
            message.deleted_at = message.modified_at
        yield message


def _place(group: Group) -> int:
    teams = Group.objects.filter(tenant=group.tenant, is_team=True, created_seq=0)
    return list(teams.order_by("created_at", "id").values_list("id", flat=True)).index(group.id)
