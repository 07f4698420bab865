"""Every call of Exchange that is simulated: method, path, who may."""

from simulators.microsoft365.graph.routing import Route
from simulators.microsoft365.outlook.graph import (
    attachments,
    calendars,
    contacts,
    event_feeds,
    events,
    mail_folders,
    messages,
)
from simulators.microsoft365.outlook.graph import permissions as may
from simulators.microsoft365.outlook.graph.mailbox_routes import MAILBOXES
from simulators.microsoft365.outlook.graph.writing_routes import WRITING
from simulators.microsoft365.throttle.prices import OUTLOOK, Price

_REQUEST = Price(OUTLOOK, 1)
_USER = "/users/{user}"
_MESSAGE = f"{_USER}/messages/{{message}}"
_MAIL = (
    ("GET", f"{_USER}/mailFolders", mail_folders.mail_folder_list, may.READ_MAIL),
    ("GET", f"{_USER}/mailFolders/delta", mail_folders.mail_folder_delta, may.READ_MAIL),
    ("GET", f"{_USER}/mailFolders/{{folder}}", mail_folders.mail_folder_detail, may.READ_MAIL),
    ("GET", f"{_USER}/mailFolders/{{folder}}/childFolders", mail_folders.child_folder_list, may.READ_MAIL),
    ("GET", f"{_USER}/mailFolders/{{folder}}/messages", messages.message_list, may.READ_MAIL),
    ("GET", f"{_USER}/mailFolders/{{folder}}/messages/delta", messages.message_delta, may.READ_MAIL),
    ("GET", f"{_USER}/mailFolders/{{folder}}/messages/{{message}}", messages.message_detail, may.READ_MAIL),
    ("GET", f"{_USER}/messages", messages.message_list, may.READ_MAIL),
    ("GET", _MESSAGE, messages.message_detail, may.READ_MAIL),
    ("GET", f"{_MESSAGE}/$value", messages.message_value, may.READ_MAIL_CONTENT),
    ("GET", f"{_MESSAGE}/attachments", attachments.message_attachment_list, may.READ_MAIL_CONTENT),
    ("GET", f"{_MESSAGE}/attachments/{{attachment}}", attachments.message_attachment, may.READ_MAIL_CONTENT),
    (
        "GET",
        f"{_MESSAGE}/attachments/{{attachment}}/$value",
        attachments.message_attachment_value,
        may.READ_MAIL_CONTENT,
    ),
)
_CALENDAR, _EVENT = f"{_USER}/calendars/{{calendar}}", f"{_USER}/events/{{event}}"
_GROUP = "/groups/{group}"
_CALENDARS = (
    ("GET", f"{_USER}/calendarGroups", calendars.calendar_group_list, may.READ_EVENTS),
    (
        "GET",
        f"{_USER}/calendarGroups/{{calendar_group}}/calendars",
        calendars.grouped_calendar_list,
        may.READ_EVENTS,
    ),
    ("GET", f"{_USER}/calendars", calendars.calendar_list, may.READ_EVENTS),
    ("GET", f"{_USER}/calendar", calendars.calendar_detail, may.READ_EVENTS),
    ("GET", _CALENDAR, calendars.calendar_detail, may.READ_EVENTS),
    ("GET", f"{_GROUP}/calendar", calendars.calendar_detail, may.READ_EVENTS),
    *[
        line
        for begin in (_USER, f"{_USER}/calendar", _CALENDAR)
        for line in (
            ("GET", f"{begin}/events/delta", event_feeds.event_delta, may.READ_EVENTS),
            ("GET", f"{begin}/calendarView/delta", event_feeds.view_delta, may.READ_EVENTS),
            ("GET", f"{begin}/events", events.event_list, may.READ_EVENTS),
            ("GET", f"{begin}/calendarView", events.calendar_view, may.READ_EVENTS),
            ("GET", f"{begin}/events/{{event}}", events.event_detail, may.READ_EVENTS),
            ("GET", f"{begin}/events/{{event}}/instances", events.instance_list, may.READ_EVENTS),
        )
    ],
    ("GET", f"{_GROUP}/events/delta", event_feeds.event_delta, may.READ_EVENTS),
    ("GET", f"{_GROUP}/calendarView", events.calendar_view, may.READ_EVENTS),
    ("GET", f"{_GROUP}/events/{{event}}", events.event_detail, may.READ_EVENTS),
    ("GET", f"{_GROUP}/events/{{event}}/instances", events.instance_list, may.READ_EVENTS),
    *[
        line
        for begin in (_EVENT, f"{_GROUP}/events/{{event}}")
        for line in (
            ("GET", f"{begin}/attachments", attachments.event_attachment_list, may.READ_EVENT_CONTENT),
            ("GET", f"{begin}/attachments/{{attachment}}", attachments.event_attachment, may.READ_EVENT_CONTENT),
            (
                "GET",
                f"{begin}/attachments/{{attachment}}/$value",
                attachments.event_attachment_value,
                may.READ_EVENT_CONTENT,
            ),
        )
    ],
)
_BOOK = f"{_USER}/contactFolders/{{folder}}"
_CONTACTS = (
    ("GET", f"{_USER}/contactFolders", contacts.contact_folder_list, may.READ_CONTACTS),
    ("GET", f"{_USER}/contactFolders/delta", contacts.contact_folder_delta, may.READ_CONTACTS),
    ("GET", _BOOK, contacts.contact_folder_detail, may.READ_CONTACTS),
    ("GET", f"{_BOOK}/childFolders", contacts.child_contact_folder_list, may.READ_CONTACTS),
    *[
        line
        for begin in (_USER, _BOOK)
        for line in (
            ("GET", f"{begin}/contacts", contacts.contact_list, may.READ_CONTACTS),
            ("GET", f"{begin}/contacts/delta", contacts.contact_delta, may.READ_CONTACTS),
            ("GET", f"{begin}/contacts/{{contact}}", contacts.contact_detail, may.READ_CONTACTS),
            ("GET", f"{begin}/contacts/{{contact}}/photo", contacts.contact_photo, may.READ_CONTACTS),
            ("GET", f"{begin}/contacts/{{contact}}/photo/$value", contacts.contact_photo_value, may.READ_CONTACTS),
        )
    ],
)
ROUTES = tuple(Route(*line, _REQUEST) for line in (*_MAIL, *_CALENDARS, *_CONTACTS, *WRITING, *MAILBOXES))
