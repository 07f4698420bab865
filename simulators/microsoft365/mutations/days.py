"""A working day: who comes, who goes, who is called otherwise now, and what is set up."""

import random
from uuid import UUID

from simulators.microsoft365.generator import names
from simulators.microsoft365.models import Group, Kind, Person
from simulators.microsoft365.mutations import groups, people
from simulators.microsoft365.mutations.ledger import Ledger, writing

_JOINERS = (1, 3)


def play_day(tenant_id: UUID, number: int | None) -> dict:
    """Play working day ``number``, or the next one, and tell what happened. The same day is the same every time."""
    with writing(tenant_id) as ledger:
        number = number or ledger.tenant.days_played + 1
        happened = Day(ledger, number).play()
        ledger.tenant.days_played = max(number, ledger.tenant.days_played)
        ledger.tenant.save(update_fields=["days_played"])
    return {"day": number, "happened": happened}


class Day:
    """One working day of one tenant."""

    def __init__(self, ledger: Ledger, number: int) -> None:
        self.ledger, self.number = ledger, number
        self.dice = random.Random(f"{ledger.tenant.seed}/{ledger.tenant.domain}/day {number}")  # noqa: S311
        self.happened: list[dict] = []

    def play(self) -> list[dict]:
        """Do everything, in the order of a day."""
        self._somebody_leaves()
        self._some_join()
        self._somebody_is_renamed()
        self._guest_and_mailboxes()
        self._team_is_founded()
        return self.happened

    def _some_join(self) -> None:
        everybody = Group.objects.live().filter(tenant=self.ledger.tenant, nickname="allstaff").first()
        for _ in range(self.dice.randint(*_JOINERS)):
            name = f"{self.dice.choice(names.GIVEN_NAMES)} {self.dice.choice(names.SURNAMES)}"
            newcomer = self._do("create_user", people.create_user, {"display_name": name})
            if everybody:
                self._do("add_member", groups.add_member, {"group": str(everybody.id), "member": newcomer["id"]})

    def _somebody_leaves(self) -> None:
        leaver = self._colleague()
        if leaver:
            self._do("delete_user", people.delete_user, {"user": str(leaver.id)})

    def _somebody_is_renamed(self) -> None:
        person = self._colleague()
        if person:
            surname = self.dice.choice(names.SURNAMES)
            new = {"surname": surname, "displayName": f"{person.given_name} {surname}"}
            self._do("update_user", people.update_user, {"user": str(person.id), "set": new})

    def _guest_and_mailboxes(self) -> None:
        name = f"{self.dice.choice(names.GIVEN_NAMES)} {self.dice.choice(names.SURNAMES)}"
        room = f"Room {self.dice.choice(names.ROOMS)} {self.number}"
        mailbox = f"{self.dice.choice(names.SHARED_MAILBOXES)} {self.number}"
        for kind, display_name in ((Kind.GUEST, name), (Kind.SHARED, mailbox), (Kind.ROOM, room)):
            self._do("create_user", people.create_user, {"display_name": display_name, "kind": kind.value})

    def _team_is_founded(self) -> None:
        members = [str(one.id) for one in (self._colleague(), self._colleague()) if one]
        name = f"{self.dice.choice(names.TEAMS)} {self.number}"
        founded = {"display_name": name, "members": sorted(set(members)), "owners": members[:1]}
        self._do("create_team", groups.create_team, founded)

    def _colleague(self) -> Person | None:
        """Draw somebody; the administrator and the ordinary user always stay as they are."""
        tenant = self.ledger.tenant
        staff = Person.objects.live().filter(tenant=tenant, kind=Kind.MEMBER)
        ids = list(
            staff.exclude(id__in=(tenant.admin_id, tenant.ordinary_id)).order_by("id").values_list("id", flat=True)
        )
        return Person.objects.select_related("tenant").get(id=self.dice.choice(ids)) if ids else None

    def _do(self, name: str, operation, arguments: dict) -> dict:
        answer = operation(self.ledger, arguments)
        self.happened.append({"op": name} | answer)
        return answer
