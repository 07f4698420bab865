"""Groups, teams and sites of a new tenant."""

import random
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from simulators.microsoft365.generator import names
from simulators.microsoft365.generator.people import folded
from simulators.microsoft365.generator.sizes import Size
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Group, GroupMember, Person, Site, Tenant


class Structure:
    """Draws the groups and sites of one tenant around the people who are there."""

    def __init__(self, tenant: Tenant, dice: random.Random, staff: list[UUID]) -> None:
        self.tenant, self.dice, self.staff = tenant, dice, staff
        self.groups: list[Group] = []
        self.sites: list[Site] = []

    def build(self, size: Size) -> Iterator[GroupMember]:
        """Fill `groups` and `sites`, and yield every membership."""
        self.sites.append(self.site("", self.tenant.name))
        yield from self._everybody()
        yield from self._nested()
        for number in range(size.teams):
            yield from self._team(number)
        for number in range(size.sites):
            word = _word(names.SITES, number)
            self.sites.append(self.site(f"/sites/{nickname(word)}", word))

    def group(self, display_name: str, **facts) -> Group:
        """Return a new group of this tenant."""
        made = Group(
            id=derived_id(self.tenant.id, "group", len(self.groups) + 1),
            tenant=self.tenant,
            display_name=display_name,
            nickname=nickname(display_name),
            created_at=self.tenant.created_at - timedelta(days=self.dice.randrange(30, 900)),
            **({"is_unified": False} | facts),
        )
        self.groups.append(made)
        return made

    def site(self, path: str, display_name: str, *, group: Group | None = None) -> Site:
        """Return a new site of this tenant."""
        created_at = self.tenant.created_at - timedelta(days=self.dice.randrange(30, 900))
        return site_of(self.tenant, path, display_name, created_at, group_id=group.id if group else None)

    def _everybody(self) -> Iterator[GroupMember]:
        everybody = self.group("All staff", is_unified=True, is_public=True, description="Everybody who works here")
        self.sites.append(self.site("/sites/allstaff", "All staff", group=everybody))
        yield from _members(everybody, self.staff)
        yield GroupMember(group=everybody, member_id=self.staff[0], is_owner=True)

    def _nested(self) -> Iterator[GroupMember]:
        leadership = self.group("Leadership", description="The management")
        managers = self.group("Managers", description="Heads of departments, and the management as a group within")
        yield from _members(leadership, self.staff[:2])
        yield from _members(managers, self.staff[2:5])
        yield GroupMember(group=managers, member_id=leadership.id, is_group=True)

    def _team(self, number: int) -> Iterator[GroupMember]:
        word = _word(names.TEAMS, number)
        team = self.group(word, is_unified=True, is_team=True, is_public=number % 3 == 0, description=f"Team {word}")
        # The second team has done its work.
        team.is_archived = number == 1
        self.sites.append(self.site(f"/sites/{nickname(word)}", word, group=team))
        members = self.dice.sample(self.staff, min(len(self.staff), self.dice.randrange(2, 13)))
        yield from _members(team, members)
        yield GroupMember(group=team, member_id=members[0], is_owner=True)


def site_of(tenant: Tenant, path: str, display_name: str, created_at, *, owner_id=None, group_id=None, **facts) -> Site:
    """Return a site whose ids belong to its path."""
    identity = facts.pop("identity", path)
    return Site(
        id=derived_id(tenant.id, "site", identity),
        web_id=derived_id(tenant.id, "web", identity),
        tenant=tenant,
        path=path,
        display_name=display_name,
        owner_id=owner_id,
        group_id=group_id,
        created_at=created_at,
        modified_at=created_at + timedelta(hours=1),
        **facts,
    )


def personal_site(person: Person, **facts) -> Site:
    """Return the OneDrive site of somebody."""
    path = "/personal/" + "".join(letter if letter.isalnum() else "_" for letter in folded(person.upn))
    return site_of(
        person.tenant, path, person.display_name, person.created_at, owner_id=person.id, identity=person.id, **facts
    )


def nickname(display_name: str) -> str:
    """Return the name as it stands in addresses."""
    return "".join(letter for letter in folded(display_name) if letter.isalnum()) or "group"


def _members(group: Group, people: list[UUID]) -> Iterator[GroupMember]:
    for person in people:
        yield GroupMember(group=group, member_id=person)


def _word(words: tuple[str, ...], number: int) -> str:
    rounds, index = divmod(number, len(words))
    return words[index] if rounds == 0 else f"{words[index]} {rounds + 1}"
