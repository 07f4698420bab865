"""Folders, calendars and contact folders that a client creates, renames and deletes."""

from uuid import UUID

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.outlook.generator.folders import ROOT
from simulators.microsoft365.outlook.graph.bodies import name_of, sent_object
from simulators.microsoft365.outlook.graph.calendars import CALENDAR, shown_calendar
from simulators.microsoft365.outlook.graph.contacts import CONTACT_FOLDER, DEFAULT, shown_contact_folder
from simulators.microsoft365.outlook.graph.finding import found_folder, found_mailbox
from simulators.microsoft365.outlook.graph.mail_folders import MAIL_FOLDER, shown_folder
from simulators.microsoft365.outlook.models import Folder, Mailbox
from simulators.microsoft365.outlook.mutations.ledger import writing_to

_MAIL, _CALENDAR, _CONTACTS = Folder.Kind.MAIL, Folder.Kind.CALENDAR, Folder.Kind.CONTACTS


def create_mail_folder(call: Call, user: str, folder: str = ROOT) -> Answer:
    """Create a mail folder, at the top or within another."""
    mailbox = found_mailbox(call, user)
    body = sent_object(call, MAIL_FOLDER)
    parent = found_folder(mailbox, _MAIL, folder)
    is_hidden = bool(body.get("isHidden"))
    return shown_folder(call, mailbox, _create(mailbox, _MAIL, name_of(body), parent.id, is_hidden=is_hidden), 201)


def update_mail_folder(call: Call, user: str, folder: str) -> Answer:
    """Rename a mail folder."""
    mailbox = found_mailbox(call, user)
    row = _own(found_folder(mailbox, _MAIL, folder))
    return shown_folder(call, mailbox, _rename(mailbox, row, name_of(sent_object(call, MAIL_FOLDER))))


def delete_mail_folder(call: Call, user: str, folder: str) -> Answer:
    """Delete a mail folder: to Deleted Items, from there for good."""
    mailbox = found_mailbox(call, user)
    row, bin_ = _own(found_folder(mailbox, _MAIL, folder)), found_folder(mailbox, _MAIL, "deleteditems")
    with writing_to(mailbox) as box:
        if row.parent_id == bin_.id:
            box.remove_folder(row)
        else:
            box.change_folder(row, parent_id=bin_.id)
    return Answer(None, 204)


def create_contact_folder(call: Call, user: str, folder: str = DEFAULT) -> Answer:
    """Create a contact folder."""
    mailbox = found_mailbox(call, user)
    name = name_of(sent_object(call, CONTACT_FOLDER))
    parent = found_folder(mailbox, _CONTACTS, folder)
    return shown_contact_folder(call, mailbox, _create(mailbox, _CONTACTS, name, parent.id), 201)


def delete_contact_folder(call: Call, user: str, folder: str) -> Answer:
    """Delete a contact folder with its contacts."""
    mailbox = found_mailbox(call, user)
    return _delete(mailbox, _own(found_folder(mailbox, _CONTACTS, folder)))


def create_calendar(call: Call, user: str) -> Answer:
    """Create a calendar."""
    mailbox = found_mailbox(call, user)
    name = name_of(sent_object(call, CALENDAR), "name")
    return shown_calendar(call, mailbox, _create(mailbox, _CALENDAR, name, None), 201)


def delete_calendar(call: Call, user: str, calendar: str) -> Answer:
    """Delete a calendar with its events."""
    mailbox = found_mailbox(call, user)
    return _delete(mailbox, _own(found_folder(mailbox, _CALENDAR, calendar)))


def _create(mailbox: Mailbox, kind: str, name: str, parent_id: UUID | None, **facts) -> Folder:
    with writing_to(mailbox) as box:
        _refuse_twice(mailbox, kind, name, parent_id)
        return box.create_folder(kind, name, parent_id, **facts)


def _rename(mailbox: Mailbox, row: Folder, name: str) -> Folder:
    with writing_to(mailbox) as box:
        if name.lower() != row.name.lower():
            _refuse_twice(mailbox, row.kind, name, row.parent_id)
        box.change_folder(row, name=name)
    return row


def _refuse_twice(mailbox: Mailbox, kind: str, name: str, parent_id: UUID | None) -> None:
    # For Exchange two names that differ in case are one.
    if mailbox.folders.live().filter(kind=kind, parent_id=parent_id, name__iexact=name).exists():
        raise GraphError(409, "ErrorFolderExists", "A folder with the specified name already exists.")


def _delete(mailbox: Mailbox, row: Folder) -> Answer:
    with writing_to(mailbox) as box:
        box.remove_folder(row)
    return Answer(None, 204)


def _own(row: Folder) -> Folder:
    """Return a folder that somebody made. Raises `GraphError` for those every mailbox has."""
    if row.well_known:
        raise GraphError(403, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be changed.")
    return row
