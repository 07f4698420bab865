"""A client whom jobs are done for, and the register of what brings each kind of job about."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from accounts.models import Membership, User
from backups.tests.backing_up import back_up, protect
from backups.tests.looks import Clock, connected, look
from backups.tests.restores_made import let_write
from backups.tests.stocked import Stock
from jobs.models import Job
from organizations.models import Connection, Item, Organization, Policy
from portal.tests.simulator import Simulator


@dataclass
class World:
    """One client with what the scenarios make of it; ``outside`` tells what lies where the job writes to."""

    source: Simulator
    organization: Organization
    ada: User
    ben: Membership
    sign_in: Callable
    outside: Callable[[], Any] = field(default=lambda: None)

    @cached_property
    def connection(self) -> Connection:
        """A tenant of two people, consented to and connected; only mail is switched on."""
        Policy.objects.filter(organization=self.organization).update(
            calendar=False, contacts=False, onedrive=False, sharepoint=False, teams=False
        )
        return connected(self.source, self.organization, size={"users": 2, "teams": 0, "sites": 0})

    @cached_property
    def protected(self) -> Item:
        """The ordinary user, protected and not backed up yet."""
        look(self.connection)
        protect(self.connection, self.source.control(f"/tenants/{self.connection.tenant_id}")["user_upn"])
        return Item.objects.get(connection=self.connection, is_chosen=True)

    @cached_property
    def saved(self) -> Item:
        """The ordinary user, backed up, with three messages lost since."""
        item = self.protected
        back_up(self.connection, Clock(self.source))
        let_write(self.connection, self.source)
        box = self.source.mailbox(self.connection.tenant_id, item.remote_id)["messages"]
        folders = Counter(one["folder_id"] for one in box if "mime" in one)
        folder = folders.most_common(1)[0][0]
        there = [one for one in box if "mime" in one and one["folder_id"] == folder][:3]
        lose = [{"op": "delete_message", "user": item.remote_id, "message": one["id"], "how": "purge"} for one in there]
        self.source.mutate(self.connection.tenant_id, *lose)
        self.outside = lambda: len(self._mailbox())
        return item

    @cached_property
    def stock(self) -> Stock:
        """Eva's mailbox with three messages in a vault, without a tenant."""
        stock = Stock(self.organization).feed()
        for number in range(3):
            stock.mail(number)
        stock.close()
        return stock

    def _mailbox(self) -> list[dict]:
        told = self.source.mailbox(self.connection.tenant_id, self.protected.remote_id, with_bytes=False)
        return told["messages"]


SCENARIOS: dict[str, Callable[[World], Job]] = {}


def scenario(make: Callable[[World], None]) -> Callable:
    """Register what brings about the state of the kind that is called like the function; its job is found by kind."""

    def made(world: World) -> Job:
        make(world)
        return Job.objects.filter(kind=make.__name__, state=Job.State.QUEUED).latest("pk")

    SCENARIOS[make.__name__] = made
    return make
