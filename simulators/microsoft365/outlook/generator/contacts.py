"""The contacts of a new mailbox."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Kind, Person
from simulators.microsoft365.outlook.content import corpora
from simulators.microsoft365.outlook.generator.sizes import load_of
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox

# The roots of the store and of the contacts: no list of contact folders shows the default one.
_PARENT = "msgfolderroot"
_PHOTO_EVERY = 4


def contact_folders(mailbox: Mailbox, owner: Person, dice: Random) -> dict[str, Folder]:
    """Return the contact folders by a key."""
    root = derived_id(mailbox.id, "folder", _PARENT)
    made = {"contacts": _folder(mailbox, "contacts", root, "Contacts", well_known="contacts")}
    if owner.kind in (Kind.ROOM, Kind.EQUIPMENT) or owner.created_seq:
        return made
    made["own"] = _folder(mailbox, "own", made["contacts"].id, dice.choice(("Suppliers", "Family", "Press")))
    made["inner"] = _folder(mailbox, "inner", made["own"].id, "Former")
    return made


def contacts(mailbox: Mailbox, owner: Person, folders: dict[str, Folder], dice: Random) -> Iterator[Item]:
    """Yield the contacts; the first in a mailbox is nameless, the second has a photo."""
    count = 0 if "own" not in folders else load_of(mailbox.tenant).contacts
    real = len(corpora.contacts()) if mailbox.tenant.size.get("corpora") else 0
    for number in range(count):
        recipe = "nameless" if number == 0 else dice.choices(("person", "company"), (85, 15))[0]
        folder = folders["contacts"] if number < 3 or dice.random() < 0.6 else dice.choice(list(folders.values()))
        made_at = mailbox.born_at - timedelta(days=dice.randrange(1, 900))
        yield Item(
            id=derived_id(mailbox.id, "contact", number),
            mailbox=mailbox,
            kind=Item.Kind.CONTACT,
            folder_id=folder.id,
            recipe=recipe,
            facts=({"photo": 1} if number % _PHOTO_EVERY == 1 else {}) | _real(recipe, real, dice),
            created_at=made_at,
            modified_at=made_at,
        )


def _real(recipe: str, real: int, dice: Random) -> dict:
    return {"corpus": dice.randrange(real)} if real and recipe == "person" else {}


def _folder(mailbox: Mailbox, key: str, parent_id, name: str, **facts) -> Folder:
    folder_id, kind = derived_id(mailbox.id, "contact folder", key), Folder.Kind.CONTACTS
    return Folder(id=folder_id, mailbox=mailbox, kind=kind, parent_id=parent_id, name=name, **facts)
