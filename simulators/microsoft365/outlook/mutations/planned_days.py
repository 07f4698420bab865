"""A working day in the calendar and among the contacts."""

from datetime import timedelta
from random import Random

from simulators.microsoft365.outlook.content.dice import dice_for
from simulators.microsoft365.outlook.content.meetings import Meeting
from simulators.microsoft365.outlook.models import Folder, Item
from simulators.microsoft365.outlook.mutations.ledger import MailboxLedger
from simulators.microsoft365.outlook.mutations.planning import call_off, plan_event, replan

_RECIPES = ("single", "meeting", "invited", "online", "files")


class PlannedDay:
    """The events and contacts of one day."""

    def __init__(self, ledger: MailboxLedger, number: int) -> None:
        self.ledger, self.number = ledger, number
        self.dice: Random = dice_for(ledger.mailbox.tenant.seed, ledger.mailbox.id, "plans of day", number)
        folders = ledger.mailbox.folders.live()
        self.calendar = folders.filter(kind=Folder.Kind.CALENDAR, well_known="calendar").first()
        self.book = folders.filter(kind=Folder.Kind.CONTACTS, well_known="contacts").first()

    def play(self) -> None:
        """Plan, move and cancel events; meet people, correct what is known of them, forget one."""
        for _ in range(self.dice.randint(1, 3)):
            self._plan()
        for item in self._drawn(Item.Kind.EVENT, 2):
            self._shift(item)
        for item in self._drawn(Item.Kind.EVENT, 1):
            call_off(self.ledger, item, None)
        if self.book:
            self._people()

    def _plan(self) -> None:
        day = (self.ledger.mailbox.born_at + timedelta(days=self.dice.randrange(self.number, self.number + 30))).date()
        hour = self.dice.randrange(7, 17)
        body = {
            "start": {"dateTime": f"{day}T{hour:02}:00:00", "timeZone": "GMT Standard Time"},
            "end": {"dateTime": f"{day}T{hour + 1:02}:00:00", "timeZone": "GMT Standard Time"},
        }
        plan_event(self.ledger, self.calendar, body, recipe=self.dice.choice(_RECIPES))

    def _shift(self, item: Item) -> None:
        meeting, subject = Meeting(item), {"subject": f"Changed on day {self.number}"}
        if not meeting.is_series:
            replan(self.ledger, item, None, subject)
            return
        days = meeting.days_between(self.ledger.mailbox.born_at, self.ledger.mailbox.born_at + timedelta(days=120))
        if days:
            day = self.dice.choice(days)
            if self.dice.random() < 0.5:
                replan(self.ledger, item, day, subject)
            else:
                call_off(self.ledger, item, day)

    def _people(self) -> None:
        if self.dice.random() < 0.6:
            self.ledger.create(Item.Kind.CONTACT, self.book.id, recipe="person")
        for item in self._drawn(Item.Kind.CONTACT, 1):
            self.ledger.change(item, values=item.values | {"jobTitle": f"Promoted on day {self.number}"})
        if self.dice.random() < 0.3:
            for item in self._drawn(Item.Kind.CONTACT, 1):
                self.ledger.remove(item)

    def _drawn(self, kind: str, count: int) -> list[Item]:
        rows = self.ledger.mailbox.items.live().filter(kind=kind)
        ids = list(rows.order_by("id").values_list("id", flat=True))
        drawn = self.dice.sample(ids, min(count, len(ids)))
        return [self.ledger.mailbox.items.get(id=one) for one in drawn]
