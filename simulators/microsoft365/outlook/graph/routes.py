"""Every call of Exchange that is simulated: method, path, who may."""

from simulators.microsoft365.graph.routing import Route
from simulators.microsoft365.outlook.graph import attachments, mail_folders, messages
from simulators.microsoft365.outlook.graph import permissions as may
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
ROUTES = tuple(Route(*line, _REQUEST) for line in _MAIL)
