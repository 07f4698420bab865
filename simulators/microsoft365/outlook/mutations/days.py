"""A working day in a mailbox.

Days are played when somebody next looks into the mailbox, so that a day of a big tenant costs nothing where nobody
looks. The same days bring the same things.
"""

from random import Random

from simulators.microsoft365.outlook.content.dice import dice_for
from simulators.microsoft365.outlook.generator.folders import ROOT
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox
from simulators.microsoft365.outlook.mutations.ledger import MailboxLedger, writing_to
from simulators.microsoft365.outlook.mutations.planned_days import PlannedDay

_ARRIVING = ("plain", "html", "files", "logo", "answer", "invitation")
_NEW_MAILS = (3, 9)


def catch_up(mailbox: Mailbox) -> Mailbox:
    """Play the days of the tenant that the mailbox did not have yet, and return it."""
    if mailbox.days_played >= mailbox.tenant.days_played:
        return mailbox
    with writing_to(mailbox) as ledger:
        for number in range(ledger.mailbox.days_played + 1, ledger.mailbox.tenant.days_played + 1):
            MailDay(ledger, number).play()
            PlannedDay(ledger, number).play()
        ledger.mailbox.days_played = max(ledger.mailbox.days_played, ledger.mailbox.tenant.days_played)
        ledger.mailbox.save(update_fields=["days_played"])
    return ledger.mailbox


class MailDay:
    """The mails of one day."""

    def __init__(self, ledger: MailboxLedger, number: int) -> None:
        self.ledger, self.number = ledger, number
        self.dice: Random = dice_for(ledger.mailbox.tenant.seed, ledger.mailbox.id, "mail of day", number)
        folders = ledger.mailbox.folders.live().filter(kind=Folder.Kind.MAIL)
        self.known = {folder.well_known: folder for folder in folders if folder.well_known}
        self.own = sorted((folder for folder in folders if not folder.well_known), key=lambda one: one.id)

    def play(self) -> None:
        """Let mails arrive, be read, answered, filed and deleted."""
        if not self.known:
            return
        for _ in range(self.dice.randint(*_NEW_MAILS)):
            self._message("inbox", self.dice.choice(_ARRIVING), is_read=False)
        for _ in range(self.dice.randint(1, 3)):
            self._message("sentitems", "sent", is_read=True)
        for item in self._drawn("inbox", 3):
            self.ledger.change(item, is_read=True)
        for item in self._drawn("inbox", 2):
            self.ledger.move(item, self.dice.choice(self.own or [self.known["archive"]]).id)
        for item in self._drawn("inbox", 2):
            self.ledger.move(item, self.known["deleteditems"].id)
        for item in self._drawn("deleteditems", 1):
            self.ledger.remove(item)
        self._folders_change()

    def _folders_change(self) -> None:
        if self.dice.random() < 0.3:
            self.ledger.create_folder(Folder.Kind.MAIL, f"Day {self.number}", self.known[ROOT].id)
        if self.own and self.dice.random() < 0.3:
            folder = self.dice.choice(self.own)
            self.ledger.change_folder(folder, name=f"{folder.name} ({self.number})"[:256])

    def _message(self, place: str, recipe: str, *, is_read: bool) -> None:
        folder = self.known[place]
        self.ledger.create(Item.Kind.MESSAGE, folder.id, recipe=recipe, at=self.ledger.now, is_read=is_read)

    def _drawn(self, place: str, count: int) -> list[Item]:
        rows = self.ledger.mailbox.items.live().filter(folder_id=self.known[place].id)
        # Ids are the same in every run; the numbers of rows are not.
        ids = list(rows.exclude(recipe__in=("corrupt", "hidden_once")).order_by("id").values_list("id", flat=True))
        drawn = self.dice.sample(ids, min(count, len(ids)))
        return [self.ledger.mailbox.items.get(id=one) for one in drawn]
