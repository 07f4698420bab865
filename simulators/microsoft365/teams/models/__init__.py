"""Rows of teams and chats. What a message holds is derived; only what somebody set is stored."""

from simulators.microsoft365.teams.models.channel import Channel
from simulators.microsoft365.teams.models.chat import Chat
from simulators.microsoft365.teams.models.line import Line
from simulators.microsoft365.teams.models.message import Message
from simulators.microsoft365.teams.models.operation import Operation
from simulators.microsoft365.teams.models.switchboard import Switchboard
from simulators.microsoft365.teams.models.thread import Thread
from simulators.microsoft365.teams.models.workspace import Workspace

__all__ = ["Channel", "Chat", "Line", "Message", "Operation", "Switchboard", "Thread", "Workspace"]
