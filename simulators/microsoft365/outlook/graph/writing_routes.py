"""The calls that write: what a restore needs."""

from simulators.microsoft365.outlook.graph import attachment_writing as parts
from simulators.microsoft365.outlook.graph import contact_writing as contacts
from simulators.microsoft365.outlook.graph import event_writing as events
from simulators.microsoft365.outlook.graph import folder_writing as folders
from simulators.microsoft365.outlook.graph import message_writing as messages
from simulators.microsoft365.outlook.graph import permissions as may
from simulators.microsoft365.outlook.graph.translating import translate_ids

_USER = "/users/{user}"
_FOLDER, _BOOK = f"{_USER}/mailFolders/{{folder}}", f"{_USER}/contactFolders/{{folder}}"
_MESSAGE, _EVENT = f"{_USER}/messages/{{message}}", f"{_USER}/events/{{event}}"
_CALENDAR = f"{_USER}/calendars/{{calendar}}"
_UPLOAD = "attachments/createUploadSession"
WRITING = (
    ("POST", f"{_USER}/messages", messages.create_message, may.WRITE_MAIL),
    ("POST", f"{_FOLDER}/messages", messages.create_message, may.WRITE_MAIL),
    ("PATCH", _MESSAGE, messages.update_message, may.WRITE_MAIL),
    ("DELETE", _MESSAGE, messages.delete_message, may.WRITE_MAIL),
    ("PATCH", f"{_FOLDER}/messages/{{message}}", messages.update_message, may.WRITE_MAIL),
    ("DELETE", f"{_FOLDER}/messages/{{message}}", messages.delete_message, may.WRITE_MAIL),
    ("POST", f"{_MESSAGE}/move", messages.move_message, may.WRITE_MAIL),
    ("POST", f"{_MESSAGE}/attachments", parts.create_message_attachment, may.WRITE_MAIL),
    ("POST", f"{_MESSAGE}/{_UPLOAD}", parts.create_message_upload, may.UPLOAD),
    ("DELETE", f"{_MESSAGE}/attachments/{{attachment}}", parts.delete_message_attachment, may.WRITE_MAIL),
    ("POST", f"{_USER}/mailFolders", folders.create_mail_folder, may.WRITE_MAIL),
    ("POST", f"{_FOLDER}/childFolders", folders.create_mail_folder, may.WRITE_MAIL),
    ("PATCH", _FOLDER, folders.update_mail_folder, may.WRITE_MAIL),
    ("DELETE", _FOLDER, folders.delete_mail_folder, may.WRITE_MAIL),
    ("POST", f"{_USER}/calendars", folders.create_calendar, may.WRITE_EVENTS),
    ("DELETE", _CALENDAR, folders.delete_calendar, may.WRITE_EVENTS),
    *[
        ("POST", f"{begin}/events", events.create_event, may.WRITE_EVENTS)
        for begin in (_USER, f"{_USER}/calendar", _CALENDAR)
    ],
    *[
        (method, f"{begin}/events/{{event}}", view, may.WRITE_EVENTS)
        for begin in (_USER, f"{_USER}/calendar", _CALENDAR)
        for method, view in (("PATCH", events.update_event), ("DELETE", events.delete_event))
    ],
    ("POST", f"{_EVENT}/attachments", parts.create_event_attachment, may.WRITE_EVENTS),
    ("POST", f"{_EVENT}/{_UPLOAD}", parts.create_event_upload, may.UPLOAD),
    ("DELETE", f"{_EVENT}/attachments/{{attachment}}", parts.delete_event_attachment, may.WRITE_EVENTS),
    ("POST", f"{_USER}/contactFolders", folders.create_contact_folder, may.WRITE_CONTACTS),
    ("POST", f"{_BOOK}/childFolders", folders.create_contact_folder, may.WRITE_CONTACTS),
    ("DELETE", _BOOK, folders.delete_contact_folder, may.WRITE_CONTACTS),
    *[
        (method, f"{begin}/contacts{rest}", view, may.WRITE_CONTACTS)
        for begin in (_USER, _BOOK)
        for method, rest, view in (
            ("POST", "", contacts.create_contact),
            ("PATCH", "/{contact}", contacts.update_contact),
            ("DELETE", "/{contact}", contacts.delete_contact),
            ("PUT", "/{contact}/photo/$value", contacts.set_photo),
        )
    ],
    ("POST", f"{_USER}/translateExchangeIds", translate_ids, may.TRANSLATE),
)
