"""A working day in a team: posts, replies, edits, reactions, now and then a new channel or something taken back.

Days are played when somebody next looks into the team. The same days bring the same things.
"""

from random import Random

from simulators.microsoft365.models import Group, Tenant
from simulators.microsoft365.mutations.ledger import Ledger, writing
from simulators.microsoft365.teams.generator.places import library_of, people_of
from simulators.microsoft365.teams.generator.talk import reaction
from simulators.microsoft365.teams.models import Channel, Message, Workspace
from simulators.microsoft365.teams.mutations.ledger import held_workspace, say, touch

_NEW_POSTS = (2, 6)
_TOUCHED = 3
_RECIPES = ("post", "post", "post", "mention", "image", "file", "emoji", "card")


def workspace_of(tenant: Tenant, group: Group) -> Workspace:
    """Return what a team holds now: made when nobody looked yet, with all days played."""
    found = Workspace.objects.select_related("group", "tenant").filter(group=group).first()
    if found is not None and found.days_played >= tenant.days_played:
        return found
    with writing(tenant.id) as ledger:
        return caught_up(ledger, held_workspace(ledger, group))


def caught_up(ledger: Ledger, workspace: Workspace) -> Workspace:
    """Play the days of the tenant that the team did not have yet, and return it."""
    for number in range(workspace.days_played + 1, ledger.tenant.days_played + 1):
        TeamDay(ledger, workspace, number).play()
        workspace.days_played = number
    workspace.save(update_fields=["days_played"])
    return workspace


class TeamDay:
    """One day of one team."""

    def __init__(self, ledger: Ledger, workspace: Workspace, number: int) -> None:
        self.ledger, self.workspace, self.number = ledger, workspace, number
        self.dice = Random(f"{ledger.tenant.seed}/{workspace.group_id}/day {number}")  # noqa: S311
        self.people = people_of(workspace.group)
        self.channels = list(
            workspace.channels.live().select_related("workspace__tenant").order_by("-is_general", "id")
        )

    def play(self) -> None:
        """Do everything, in the order of a day. Nobody works in an archived team."""
        if self.workspace.group.is_archived or not self.people:
            return
        self._change_something_old(self.channels[0])
        for channel in [self.dice.choice(self.channels) for _ in range(self.dice.randint(*_NEW_POSTS))]:
            post = self._post(channel)
            for _ in range(self.dice.choice((0, 1, 3))):
                say(self.ledger, channel.id, self.dice.choice(self.people), "plain", reply_to=post)

    def _post(self, channel: Channel) -> Message:
        recipe, facts = self.dice.choice(_RECIPES), {}
        if recipe == "file":
            facts["library"] = library_of(channel)
            recipe = recipe if facts["library"] else "post"
        if recipe == "mention":
            who = self.dice.choice(self.people)
            facts["mentioned"] = [[str(who.id), who.display_name]]
        return say(self.ledger, channel.id, self.dice.choice(self.people), recipe, **facts)

    def _change_something_old(self, channel: Channel) -> None:
        rows = Message.objects.filter(room_id=channel.id, deleted_at=None).exclude(recipe="event")
        numbers = list(rows.order_by("number").values_list("number", flat=True))
        if len(numbers) < _TOUCHED:
            return
        edited, deleted, liked = self.dice.sample(numbers, _TOUCHED)
        message = rows.get(number=edited)
        touch(self.ledger, message, edition=message.edition + 1, edited_at=...)
        touch(self.ledger, rows.get(number=deleted), deleted_at=...)
        message = rows.get(number=liked)
        new = reaction("like", "Like", self.dice.choice(self.people).id, self.ledger.now)
        touch(self.ledger, message, facts=message.facts | {"reactions": [*message.facts.get("reactions", []), new]})
