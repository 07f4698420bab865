"""Mail, calendars and contacts of a simulated mailbox, for the tests of the restorers' contract."""

import hashlib
import json
from collections import Counter
from email import message_from_bytes, policy

from backups.connectors.contract import Feed, Source
from backups.connectors.microsoft365.calendar import CalendarConnector
from backups.connectors.microsoft365.contacts import ContactsConnector
from backups.connectors.microsoft365.mail import MailConnector
from backups.connectors.microsoft365.restore_calendar import CalendarRestorer
from backups.connectors.microsoft365.restore_contacts import ContactsRestorer
from backups.connectors.microsoft365.restore_mail import MailRestorer
from backups.connectors.restoring import Saved
from backups.tests.restorer_contract import Restorable, restorable
from backups.tests.restoring import MemoryTree


class Outlook(Restorable):
    """Something of the ordinary user's mailbox; the other one is the administrator."""

    @property
    def source(self) -> Source:
        return Source(self.tenant["user_id"], "USER")

    @property
    def other(self) -> Source:
        users = self.simulator.manifest(self.tenant)["users"]
        # Somebody who came later has a mailbox with nothing in it.
        known = next((user for user in users if user["display_name"] == "Nora New"), None)
        if known is None:
            known = self.simulator.mutate(self.tenant, {"op": "create_user", "display_name": "Nora New"})[0]
        return Source(known["id"], "USER")

    def let(self, *operations: dict) -> None:
        """Let things happen to the mailbox."""
        self.simulator.mutate(self.tenant, *[{"user": self.source.remote_id} | one for one in operations])

    def held(self, kind: str) -> list[dict]:
        """Return what the mailbox holds of a kind."""
        return self.simulator.mailbox(self.tenant, self.source.remote_id, with_bytes=False)[kind]

    def rows(self, tree: MemoryTree, folder: str | None = None) -> Counter:
        found = Counter()
        for saved in tree.objects.values():
            names = self.names(tree, saved.feed)
            is_copy = names[0].startswith("Restored")
            if folder is None and not is_copy:
                found[self.place(tree, saved.feed), self.content(saved)] += 1
            elif folder is not None and names[0] == folder:
                found[names[1:], self.content(saved)] += 1
        return found

    def copied_rows(self, tree: MemoryTree) -> Counter:
        return Counter((self.names(tree, one.feed), self.content(one)) for one in tree.objects.values())

    def names(self, tree: MemoryTree, feed: Feed) -> tuple[str, ...]:
        """Return the names people see on the way to a folder."""
        return tuple(one.name for one in _chain(tree, feed) if one.record.get("wellKnownName") != "msgfolderroot")

    def place(self, tree: MemoryTree, feed: Feed) -> tuple[str, ...]:
        """Return the way to a folder with the names that are the same in every language."""
        return tuple(one.record.get("wellKnownName") or one.name for one in _chain(tree, feed))

    def content(self, saved: Saved) -> str:
        """Return everything that has to come back of an object."""
        raise NotImplementedError


@restorable
class Mail(Outlook):
    name = "mail"
    connector_class = MailConnector
    restorer_class = MailRestorer
    role = "Mail.ReadWrite"
    makes_path = r"/mailFolders/[^/]+/messages$"

    def destroy(self) -> None:
        gone = [one for one in self.held("messages")]
        self.let(*[{"op": "delete_message", "message": one["id"], "how": "purge"} for one in gone])
        own = [one for one in self.held("folders") if one["kind"] == "mail" and not one["well_known"]]
        inner = {one["id"] for one in own}
        tops = [one for one in own if one["parent_id"] not in inner and not one["hidden"]]
        self.let(*[{"op": "delete_mail_folder", "folder": one["id"], "hard": True} for one in tops])

    def change(self, saved: Saved) -> None:
        self.let({"op": "update_message", "message": saved.id, "set": {"subject": "Give us money"}})

    def content(self, saved: Saved) -> str:
        names = (
            "subject", "from", "sender", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "importance",
            "isRead", "isDraft", "categories", "flag", "inferenceClassification", "internetMessageId", "sentDateTime",
            "receivedDateTime", "hasAttachments",
        )  # fmt: skip
        shown = {name: saved.record.get(name) for name in names}
        return json.dumps([shown, told(message_from_bytes(saved.read("mime"), policy=policy.default))], sort_keys=True)


@restorable
class Calendars(Outlook):
    name = "calendar"
    connector_class = CalendarConnector
    restorer_class = CalendarRestorer
    role = "Calendars.ReadWrite"
    makes_path = r"/calendars/[^/]+/events$"

    def destroy(self) -> None:
        self.let(*[{"op": "delete_event", "event": one["id"]} for one in self.held("events")])
        own = [one for one in self.held("folders") if one["kind"] == "calendar" and not one["well_known"]]
        self.let(*[{"op": "delete_calendar", "calendar": one["id"]} for one in own])

    def victim(self, tree: MemoryTree) -> Saved:
        # Nobody would be written to if it went.
        return next(one for one in tree.objects.values() if not one.record["attendees"])

    def change(self, saved: Saved) -> None:
        self.let({"op": "update_event", "event": saved.id, "set": {"subject": "Somebody else's"}})

    def rows(self, tree: MemoryTree, folder: str | None = None) -> Counter:
        found = Counter()
        for saved in tree.objects.values():
            name, is_copy = saved.feed.name, saved.feed.name.startswith("Restored")
            if folder is None and not is_copy:
                found[_calendar(saved.feed), self.content(saved)] += 1
            elif folder is not None and name.startswith(folder):
                found[name.removeprefix(folder).strip(), self.content(saved)] += 1
        return found

    def copied_rows(self, tree: MemoryTree) -> Counter:
        return Counter((_calendar(one.feed), self.content(one)) for one in tree.objects.values())

    def content(self, saved: Saved) -> str:
        record = saved.record
        exceptions = [_event(one) | {"at": one.get("originalStart")} for one in record.get("exceptionOccurrences", [])]
        days = [word.rpartition(".")[2] for word in record.get("cancelledOccurrences") or []]
        files = [
            [one["name"], hashlib.sha256(saved.read(f"attachment:{one['id']}")).hexdigest()]
            for one in record.get("attachments", [])
        ]
        return json.dumps([_event(record), record["type"], exceptions, days, sorted(files)], sort_keys=True)


@restorable
class Contacts(Outlook):
    name = "contacts"
    connector_class = ContactsConnector
    restorer_class = ContactsRestorer
    role = "Contacts.ReadWrite"
    makes_path = r"/contactFolders/[^/]+/contacts$"

    def __init__(self, *where) -> None:
        super().__init__(*where)
        # The mailbox has one folder only.
        self.let(
            {"op": "create_contact_folder", "name": "Suppliers"},
            {"op": "create_contact", "folder": "Suppliers", "photo": True},
        )

    def destroy(self) -> None:
        self.let(*[{"op": "delete_contact", "contact": one["id"]} for one in self.held("contacts")])
        self.let({"op": "delete_contact_folder", "folder": "Suppliers"})

    def change(self, saved: Saved) -> None:
        self.let({"op": "update_contact", "contact": saved.id, "set": {"emailAddresses": []}})

    def rows(self, tree: MemoryTree, folder: str | None = None) -> Counter:
        found = Counter()
        for saved in tree.objects.values():
            names = self.names(tree, saved.feed)
            if folder is None and names[:1] != ("Restored 22 Nov 2026",):
                found[names, self.content(saved)] += 1
            elif folder is not None and names[:1] == (folder,):
                found[names[1:], self.content(saved)] += 1
        return found

    def names(self, tree: MemoryTree, feed: Feed) -> tuple[str, ...]:
        return tuple(one.name for one in _chain(tree, feed) if one.record.get("wellKnownName") != "contacts")

    def content(self, saved: Saved) -> str:
        decided = ("id", "createdDateTime", "lastModifiedDateTime")
        shown = {name: value for name, value in saved.record.items() if name not in decided and value}
        photo = hashlib.sha256(saved.read("photo")).hexdigest() if "photo" in saved.parts else ""
        return json.dumps([shown, photo], sort_keys=True)


def _calendar(feed: Feed) -> str:
    return "" if feed.record.get("isDefaultCalendar") else feed.name


def _event(record: dict) -> dict:
    """Return what has to come back of an event, without the people who stand in its text now."""
    names = (
        "subject", "start", "end", "originalStartTimeZone", "isAllDay", "importance", "sensitivity", "showAs",
        "categories", "isReminderOn", "reminderMinutesBeforeStart", "recurrence",
    )  # fmt: skip
    text = record["body"]["content"]
    begin, people, rest = text.partition("<hr>")
    if people and ("Attendees when" in begin or "Organizer:" in begin):
        text = begin[: begin.index("<div>")] + rest
    return {name: record.get(name) for name in names} | {"place": record["location"]["displayName"], "text": text}


def told(mail) -> list:
    """Return what a mail says, whatever way it is written: its text, and every attachment with its hash."""
    body = mail.get_body(("html", "plain"))
    text = [body.get_content_type(), " ".join(body.get_content().split())] if body else []
    attached = []
    for part in mail.iter_attachments() if mail.is_multipart() else ():
        if part.get_content_type() == "message/rfc822":
            inner = part.get_content()
            attached.append([inner["Subject"], inner["From"], inner["Date"], told(inner)])
        else:
            sha256 = hashlib.sha256(part.get_payload(decode=True)).hexdigest()
            attached.append([part.get_filename(), part.get_content_type(), part["Content-ID"], sha256])
    return [text, sorted(attached, key=str)]


def _chain(tree: MemoryTree, feed: Feed) -> list[Feed]:
    chain = [feed]
    while chain[0].parent:
        chain.insert(0, tree.feed(chain[0].parent))
    return chain
