"""Operations on mail. Each is given the ledger of the tenant, and says in ``user`` whose mailbox it is about."""

from datetime import UTC, datetime

from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger
from simulators.microsoft365.outlook.content.recipes import RECIPES
from simulators.microsoft365.outlook.generator.folders import ROOT
from simulators.microsoft365.outlook.models import Folder, Item
from simulators.microsoft365.outlook.mutations.finding import (
    folder_answer,
    item_answer,
    mailbox_ledger,
    named_folder,
    named_item,
)
from simulators.microsoft365.outlook.mutations.ledger import MailboxLedger

MAIL, MESSAGE = Folder.Kind.MAIL, Item.Kind.MESSAGE
_DELETED, _RECOVERABLE = "deleteditems", "recoverableitemsdeletions"
# Even they miss some.
_SPARED_EVERY = 5
# Recipes that are more than content: see `graph/messages.py`.
_UNREADABLE = ("corrupt", "hidden_once")


def receive_mail(ledger: Ledger, arguments: dict) -> dict:
    """A mail arrives: ``folder`` (the inbox), ``recipe``, ``subject``, ``body``, ``at``, ``files``."""
    box = mailbox_ledger(ledger, arguments)
    folder = named_folder(box, arguments, MAIL, default="inbox")
    item = new_message(box, folder, arguments.get("recipe", "plain"), arguments)
    return item_answer(box, item)


def send_mail(ledger: Ledger, arguments: dict) -> dict:
    """Somebody sends a mail: ``subject``, ``body``; with ``to`` (a colleague) it arrives there as well."""
    box = mailbox_ledger(ledger, arguments)
    item = new_message(box, named_folder(box, {}, MAIL, default="sentitems"), "sent", arguments)
    answer = item_answer(box, item)
    if arguments.get("to"):
        other = mailbox_ledger(ledger, arguments, "to")
        twin = new_message(other, named_folder(other, {}, MAIL, default="inbox"), "html", arguments)
        answer["received_id"] = item_answer(other, twin)["id"]
    return answer


def reply(ledger: Ledger, arguments: dict) -> dict:
    """Somebody answers a ``message``: the answer lies in Sent Items, in the same conversation."""
    box = mailbox_ledger(ledger, arguments)
    message = named_item(box, arguments, MESSAGE)
    if not message.is_read:
        box.change(message, is_read=True)
    facts = {"conversation": message.facts.get("conversation") or message.id.hex, "sent": True}
    item = new_message(box, named_folder(box, {}, MAIL, default="sentitems"), "answer", arguments, **facts)
    return item_answer(box, item)


def mark_read(ledger: Ledger, arguments: dict) -> dict:
    """Mark a ``message`` as read, or with ``read: false`` as unread."""
    box = mailbox_ledger(ledger, arguments)
    item = named_item(box, arguments, MESSAGE)
    box.change(item, is_read=bool(arguments.get("read", True)))
    return item_answer(box, item)


def update_message(ledger: Ledger, arguments: dict) -> dict:
    """Set properties of a ``message``, given as ``set`` by their names in Graph; with ``rewrite`` a draft's content."""
    box = mailbox_ledger(ledger, arguments)
    item = named_item(box, arguments, MESSAGE)
    values = item.values | (arguments.get("set") or {})
    box.change(item, values=values, rewrites=bool(arguments.get("rewrite")))
    return item_answer(box, item)


def move_message(ledger: Ledger, arguments: dict) -> dict:
    """Move a ``message`` to a ``folder``."""
    box = mailbox_ledger(ledger, arguments)
    item = named_item(box, arguments, MESSAGE)
    box.move(item, named_folder(box, arguments, MAIL).id)
    return item_answer(box, item)


def delete_message(ledger: Ledger, arguments: dict) -> dict:
    """Delete a ``message``: to Deleted Items, or ``how: "recoverable"``, or ``how: "purge"`` for good."""
    box = mailbox_ledger(ledger, arguments)
    item = named_item(box, arguments, MESSAGE)
    how = arguments.get("how", "bin")
    if how not in ("bin", "recoverable", "purge"):
        raise CannotMutate(f"delete_message knows bin, recoverable and purge, not {how!r}.")
    if how == "purge":
        box.remove(item)
    else:
        box.move(item, named_folder(box, {}, MAIL, default=_DELETED if how == "bin" else _RECOVERABLE).id)
    return item_answer(box, item)


def create_mail_folder(ledger: Ledger, arguments: dict) -> dict:
    """Create a mail folder: ``name``, and if wanted ``parent`` and ``hidden``."""
    box = mailbox_ledger(ledger, arguments)
    parent = named_folder(box, arguments, MAIL, "parent", ROOT)
    name, hidden = arguments.get("name") or "New folder", bool(arguments.get("hidden"))
    return folder_answer(box, box.create_folder(MAIL, name, parent.id, is_hidden=hidden))


def rename_mail_folder(ledger: Ledger, arguments: dict) -> dict:
    """Give a ``folder`` another ``name``."""
    box = mailbox_ledger(ledger, arguments)
    folder = named_folder(box, arguments, MAIL)
    box.change_folder(folder, name=arguments.get("name") or "Renamed")
    return folder_answer(box, folder)


def move_mail_folder(ledger: Ledger, arguments: dict) -> dict:
    """Move a ``folder`` with all that is in it below ``parent``. The ids of what is in it stay."""
    box = mailbox_ledger(ledger, arguments)
    folder = named_folder(box, arguments, MAIL)
    box.change_folder(folder, parent_id=named_folder(box, arguments, MAIL, "parent", ROOT).id)
    return folder_answer(box, folder)


def delete_mail_folder(ledger: Ledger, arguments: dict) -> dict:
    """Delete a ``folder``: to Deleted Items, or with ``hard`` for good, together with all that is in it."""
    box = mailbox_ledger(ledger, arguments)
    folder = named_folder(box, arguments, MAIL)
    if folder.well_known:
        raise CannotMutate(f"Nobody can delete {folder}.")
    if arguments.get("hard"):
        box.remove_folder(folder)
    else:
        box.change_folder(folder, parent_id=named_folder(box, {}, MAIL, default=_DELETED).id)
    return folder_answer(box, folder)


def forget_cursors(ledger: Ledger, arguments: dict) -> dict:
    """Let every delta link of a mailbox be forgotten."""
    box = mailbox_ledger(ledger, arguments)
    box.mailbox.epoch += 1
    box.mailbox.save(update_fields=["epoch"])
    return {"user": str(box.mailbox.id)}


def ransomware(ledger: Ledger, arguments: dict) -> dict:
    """Somebody's mails are deleted for good, most of them, and a note in each folder asks for money."""
    box = mailbox_ledger(ledger, arguments)
    gone = 0
    for folder in box.mailbox.folders.live().filter(kind=MAIL, is_hidden=False).order_by("id"):
        items = list(box.mailbox.items.live().filter(folder_id=folder.id).order_by("id"))
        for number, item in enumerate(items):
            if number % _SPARED_EVERY:
                box.remove(item)
                gone += 1
        if items:
            new_message(box, folder, "ransom", {})
    return {"messages_gone": gone}


def new_message(box: MailboxLedger, folder: Folder, recipe: str, arguments: dict, **facts) -> Item:
    """Create a message by a recipe, with what ``arguments`` say of it."""
    if recipe not in RECIPES and recipe not in _UNREADABLE:
        raise CannotMutate(f"There is no recipe {recipe!r}; there are {', '.join((*RECIPES, *_UNREADABLE))}.")
    if arguments.get("files"):
        facts["files"] = int(arguments["files"])
    at, is_draft = arguments.get("at"), folder.well_known == "drafts"
    values = {"subject": arguments["subject"]} if "subject" in arguments else {}
    if "body" in arguments:
        values["body"] = {"contentType": "text", "content": arguments["body"]}
    return box.create(
        MESSAGE,
        folder.id,
        recipe=recipe,
        at=datetime.fromisoformat(at).astimezone(UTC) if at else box.now,
        is_read=folder.well_known == "sentitems" or bool(arguments.get("read")),
        is_draft=is_draft,
        facts=facts,
        values=values,
    )
