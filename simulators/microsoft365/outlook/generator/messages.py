"""The messages of a new mailbox."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Kind, Person
from simulators.microsoft365.outlook.content import corpora
from simulators.microsoft365.outlook.content.recipes import REAL
from simulators.microsoft365.outlook.generator.sizes import Load, load_of
from simulators.microsoft365.outlook.ids import case_twin
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox

_OLDEST_DAYS = 700
_RECIPES = {"plain": 30, "html": 30, "files": 12, "logo": 8, "answer": 16, "invitation": 4}
_PLACES = {
    "inbox": 45, "sentitems": 15, "archive": 10, "deleteditems": 5, "junkemail": 3, "drafts": 2, "own 0": 6,
    "own 0 0": 5, "own 0 1": 3, "own 1": 4, "own 1 0": 2,
}  # fmt: skip
# What breaks careless software: recipe, folder, and the moment it claims to be from.
_NASTY = (
    ("no_subject", "inbox", None),
    ("huge", "inbox", None),
    ("many_files", "inbox", None),
    ("nested", "inbox", None),
    ("smime", "inbox", None),
    ("right_to_left", "inbox", None),
    ("emoji", "archive", None),
    ("script", "inbox", None),
    ("plain", "archive", datetime(1601, 1, 1, 0, 0, 1, tzinfo=UTC)),
    ("html", "inbox", datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("corrupt", "inbox", None),
    ("hidden_once", "inbox", None),
    ("cloud_link", "inbox", None),
    ("plain", "recoverableitemsdeletions", None),
)


def messages(mailbox: Mailbox, owner: Person, folders: dict[str, Folder], dice: Random) -> Iterator[Item]:
    """Yield the messages; the administrator's mailbox has the nasty ones as well."""
    load = load_of(mailbox.tenant)
    real = len(corpora.mails()) if mailbox.tenant.size.get("corpora") else 0
    writer = _Writer(mailbox, folders, dice)
    for _ in range(_amount(owner, load)):
        place = _drawn(dice, _PLACES)
        item = writer.message("sent" if place == "sentitems" else _drawn(dice, _RECIPES), place)
        if real and place != "sentitems":
            item.recipe, item.facts = REAL, {"corpus": dice.randrange(real)}
        yield item
    if owner.id == mailbox.tenant.admin_id:
        yield from _nasty(writer, load)


def _drawn(dice: Random, weights: dict[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def _amount(owner: Person, load: Load) -> int:
    if owner.created_seq:
        return 0
    if owner.kind in (Kind.ROOM, Kind.EQUIPMENT):
        return 3
    return load.messages // 2 if owner.kind in (Kind.SHARED, Kind.DISABLED) else load.messages


def _nasty(writer: "_Writer", load: Load) -> Iterator[Item]:
    for recipe, place, moment in _NASTY:
        item = writer.message(recipe, place, moment)
        if recipe == "many_files":
            item.facts["files"] = load.files
        yield item
    twin = writer.message("plain", "inbox")
    twin.id = case_twin(derived_id(writer.mailbox.id, "message", 1))
    yield twin


class _Writer:
    """Makes one message after the other."""

    def __init__(self, mailbox: Mailbox, folders: dict[str, Folder], dice: Random) -> None:
        self.mailbox, self.folders, self.dice = mailbox, folders, dice
        self.count = 0

    def message(self, recipe: str, place: str, moment: datetime | None = None) -> Item:
        """Return the next message."""
        self.count += 1
        age = timedelta(seconds=int(self.dice.random() ** 2 * _OLDEST_DAYS * 86_400) + 60)
        at = moment or (self.mailbox.born_at - age).replace(microsecond=0)
        kept_at = at if moment is None else self.mailbox.born_at
        return Item(
            id=derived_id(self.mailbox.id, "message", self.count),
            mailbox=self.mailbox,
            kind=Item.Kind.MESSAGE,
            folder_id=self.folders[place].id,
            recipe=recipe,
            at=at,
            is_read=place == "sentitems" or self.dice.random() < 0.7,
            is_draft=place == "drafts",
            created_at=kept_at,
            modified_at=kept_at,
        )
