"""/users/{id}/chats and the messages in them."""

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.graph.users import found_user
from simulators.microsoft365.models import Person
from simulators.microsoft365.teams.graph.delta import MessageFeed, delta
from simulators.microsoft365.teams.graph.finding import refuse_where_protected
from simulators.microsoft365.teams.graph.message_shape import Seen, show_message
from simulators.microsoft365.teams.graph.messages import all_messages
from simulators.microsoft365.teams.graph.moments import moment
from simulators.microsoft365.teams.graph.paging import HIGHEST_TOP, expanded, page_of
from simulators.microsoft365.teams.graph.shapes import knows_new_words, show_member
from simulators.microsoft365.teams.models import Chat, Message
from simulators.microsoft365.teams.mutations.ledger import ensure_chats


def chat_list(call: Call, user: str) -> Answer:
    """The chats somebody takes part in."""
    person = found_user(call, user)
    with_members = bool(expanded(call, {"members"}))
    rows = list(_chats(call, person).values())
    people = Person.objects.in_bulk({member for chat in rows for member in chat.members}) if with_members else {}
    people = {str(key): one for key, one in people.items()}
    return page_of(
        call,
        f"users('{person.id}')/chats",
        rows,
        lambda chat: _shown(chat, people, with_members=with_members),
        options=("$expand",),
        default=HIGHEST_TOP,
        highest=HIGHEST_TOP,
    )


def chat_message_list(call: Call, user: str) -> Answer:
    """Every message of somebody's chats."""
    refuse_where_protected(call)
    person = found_user(call, user)
    return all_messages(call, f"users('{person.id}')/chats/messages", _chats(call, person))


def chat_message_delta(call: Call, user: str) -> Answer:
    """What was said and changed in somebody's chats."""
    refuse_where_protected(call)
    person = found_user(call, user)
    chats = _chats(call, person)
    knows = knows_new_words(call)

    def show(rows: list[Message], *, with_replies: bool) -> list[dict]:
        return [show_message(row, Seen(chats[row.room_id], knows)) for row in rows]

    context = f"Collection(users('{person.id}')/chats/messages)"
    return delta(call, MessageFeed(person.id, list(chats), context, show, expands=False))


def _chats(call: Call, person: Person) -> dict:
    ensure_chats(call.tenant)
    return {chat.id: chat for chat in Chat.objects.filter(tenant=call.tenant).of(person.id).order_by("id")}


def _shown(chat: Chat, people: dict[str, Person], *, with_members: bool) -> dict:
    shown = {
        "id": chat.thread_id,
        "topic": chat.topic or None,
        "createdDateTime": moment(chat.created_at),
        "lastUpdatedDateTime": moment(chat.updated_at),
        "chatType": chat.kind,
        "webUrl": f"https://teams.example/l/chat/{chat.thread_id}/0?tenantId={chat.tenant_id}",
        "tenantId": str(chat.tenant_id),
        "onlineMeetingInfo": None,
        "viewpoint": None,
    }
    if with_members:
        shown["members@odata.context"] = links.context(f"chats('{chat.thread_id}')/members")
        present = [people[member] for member in chat.members if member in people]
        shown["members"] = [show_member(chat.thread_id, one, ["owner"]) for one in present]
    return shown
