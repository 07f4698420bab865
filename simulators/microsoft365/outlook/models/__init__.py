"""Rows of mailboxes. What an item holds is derived from its id and its edition; only what somebody set is stored."""

from simulators.microsoft365.outlook.models.attachment import Attachment
from simulators.microsoft365.outlook.models.folder import Folder
from simulators.microsoft365.outlook.models.habit import Habit
from simulators.microsoft365.outlook.models.item import Item
from simulators.microsoft365.outlook.models.line import Line
from simulators.microsoft365.outlook.models.mailbox import Mailbox
from simulators.microsoft365.outlook.models.notice import Notice
from simulators.microsoft365.outlook.models.upload import Upload, UploadRange

__all__ = ["Attachment", "Folder", "Habit", "Item", "Line", "Mailbox", "Notice", "Upload", "UploadRange"]
