"""The tables of `support`, one file per noun."""

from support.models.attachment import Attachment
from support.models.canned_answer import CannedAnswer
from support.models.contact import Contact
from support.models.message import Message
from support.models.received_mail import ReceivedMail
from support.models.ticket import Ticket
from support.models.watcher import Watcher

__all__ = ["Attachment", "CannedAnswer", "Contact", "Message", "ReceivedMail", "Ticket", "Watcher"]
