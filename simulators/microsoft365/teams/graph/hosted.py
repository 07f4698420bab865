"""Pictures inside messages."""

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.teams.content.bodies import hosted_of
from simulators.microsoft365.teams.graph.finding import found_channel, found_message, refuse_where_protected
from simulators.microsoft365.teams.graph.message_shape import hosted_id
from simulators.microsoft365.teams.models import Message


def hosted_list(call: Call, team: str, channel: str, message: str, reply: str = "") -> Answer:
    """The pictures of a post or a reply; their bytes only come one by one."""
    refuse_unknown_options(call, set())
    found = _message(call, team, channel, message, reply)
    value = [_shown(found, index) for index in range(len(hosted_of(found)))]
    return Answer({"@odata.context": links.context("Collection(chatMessageHostedContent)"), "value": value})


def hosted_detail(call: Call, team: str, channel: str, message: str, hosted: str, reply: str = "") -> Answer:
    """What is said of one picture."""
    refuse_unknown_options(call, set())
    found = _message(call, team, channel, message, reply)
    return Answer({"@odata.context": links.context("chatMessageHostedContent")} | _shown(found, _index(found, hosted)))


def hosted_value(call: Call, team: str, channel: str, message: str, hosted: str, reply: str = "") -> Answer:
    """The bytes of one picture."""
    found = _message(call, team, channel, message, reply)
    kind, data = hosted_of(found)[_index(found, hosted)]
    return Answer(data, headers={"Content-Type": kind})


def _message(call: Call, team: str, channel: str, message: str, reply: str) -> Message:
    refuse_where_protected(call)
    room = found_channel(call, team, channel)
    post = found_message(call, room, message)
    return found_message(call, room, reply, reply_to=post) if reply else post


def _shown(message: Message, index: int) -> dict:
    return {"id": hosted_id(message, index), "contentBytes": None, "contentType": None}


def _index(message: Message, word: str) -> int:
    for index in range(len(hosted_of(message))):
        if hosted_id(message, index) == word:
            return index
    raise GraphError(404, "NotFound", f"No hosted content found with Id {word}")
