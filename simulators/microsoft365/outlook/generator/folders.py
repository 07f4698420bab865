"""The mail folders of a new mailbox."""

from random import Random

from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.outlook.models import Folder, Mailbox

ROOT, RECOVERABLE = "msgfolderroot", "recoverableitemsroot"
# Names as Outlook writes them for a German: who counts on English ones shall notice.
_GERMAN = {
    "inbox": "Posteingang", "drafts": "Entwürfe", "sentitems": "Gesendete Elemente",
    "deleteditems": "Gelöschte Elemente", "archive": "Archiv", "junkemail": "Junk-E-Mail", "outbox": "Postausgang",
}  # fmt: skip
_STANDARD = (
    ("inbox", "Inbox", False),
    ("drafts", "Drafts", False),
    ("sentitems", "Sent Items", False),
    ("deleteditems", "Deleted Items", False),
    ("archive", "Archive", False),
    ("junkemail", "Junk Email", False),
    ("outbox", "Outbox", False),
    ("conversationhistory", "Conversation History", False),
    ("", "Quick Step Settings", True),
)
# Below Recoverable Items, which no list shows: only their names lead there.
_RECOVERABLES = (
    ("recoverableitemsdeletions", "Deletions"),
    ("recoverableitemspurges", "Purges"),
    ("recoverableitemsversions", "Versions"),
)
_OWN = ("Clients", "Projects", "Invoices", "Old", "Travel", "Newsletters")
_INNER = ("Harbour Street", "Straße", "Ne\u0301e & Fils", "Née & Fils", "2019 / 2020", "🌻")
_GERMAN_EVERY = 3


def mail_folders(mailbox: Mailbox, dice: Random) -> dict[str, Folder]:
    """Return the folders by a key: the well-known name, or the place in the tree."""
    german = dice.randrange(_GERMAN_EVERY) == 0
    made = {
        ROOT: _folder(mailbox, ROOT, None, "Top of Information Store", ROOT),
        RECOVERABLE: _folder(mailbox, RECOVERABLE, None, "Recoverable Items", RECOVERABLE, is_hidden=True),
    }
    for well_known, name, is_hidden in _STANDARD:
        shown = _GERMAN.get(well_known, name) if german else name
        key = well_known or name
        made[key] = _folder(mailbox, key, made[ROOT], shown, well_known, is_hidden=is_hidden)
    for well_known, name in _RECOVERABLES:
        made[well_known] = _folder(mailbox, well_known, made[RECOVERABLE], name, well_known, is_hidden=True)
    for number, name in enumerate(dice.sample(_OWN, 2)):
        own = made[f"own {number}"] = _folder(mailbox, f"own {number}", made["inbox" if number else ROOT], name)
        for place, inner in enumerate(dice.sample(_INNER, 2 - number)):
            key = f"own {number} {place}"
            made[key] = _folder(mailbox, key, own, inner)
    return made


def _folder(mailbox: Mailbox, key: str, parent: Folder | None, name: str, well_known: str = "", **facts) -> Folder:
    return Folder(
        id=derived_id(mailbox.id, "folder", key),
        mailbox=mailbox,
        kind=Folder.Kind.MAIL,
        parent_id=parent.id if parent else None,
        name=name,
        well_known=well_known,
        **facts,
    )
