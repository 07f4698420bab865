"""Operations on messages of channels and chats."""

from datetime import timedelta

from simulators.microsoft365.mutations.finding import named_person
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger
from simulators.microsoft365.teams.content.bodies import RECIPES
from simulators.microsoft365.teams.generator.places import library_of, people_of
from simulators.microsoft365.teams.generator.talk import reaction
from simulators.microsoft365.teams.models import Channel, Chat, Message
from simulators.microsoft365.teams.mutations.finding import named_author, named_channel, named_message
from simulators.microsoft365.teams.mutations.ledger import drafted, ensure_chats, next_number, say, touch

_MOST_REPLIES = 5000


def post_message(ledger: Ledger, arguments: dict) -> dict:
    """Post into a ``channel`` of a ``team`` as ``user``: ``body`` (HTML) with ``subject``, or a ``recipe``."""
    channel = named_channel(ledger, arguments)
    return _answer(channel, _said(ledger, channel, arguments, "post"))


def reply_to_post(ledger: Ledger, arguments: dict) -> dict:
    """Answer a ``message`` of a channel ``count`` times, as `post_message` posts."""
    channel = named_channel(ledger, arguments)
    post = named_message(channel, arguments)
    count = arguments.get("count", 1)
    if post.reply_to or not isinstance(count, int) or not 1 <= count <= _MOST_REPLIES:
        raise CannotMutate(f"Only a post is answered, and once to {_MOST_REPLIES} times.")
    author, first = named_author(ledger, arguments), next_number(ledger, channel.id)
    # Only the last one needs a line: feeds tell of the post, whatever number of replies it got.
    Message.objects.bulk_create(
        drafted(ledger, channel.id, first + n, author, "plain", reply_to=post, facts={}) for n in range(count - 1)
    )
    return _answer(channel, _said(ledger, channel, arguments, "plain", reply_to=post))


def edit_post(ledger: Ledger, arguments: dict) -> dict:
    """Write another ``body`` for a ``message``, a post or a reply, or with none let it be derived anew."""
    channel = named_channel(ledger, arguments)
    message = _living(named_message(channel, arguments))
    facts = message.facts | ({"body": arguments["body"]} if "body" in arguments else {})
    touch(ledger, message, edition=message.edition + 1, edited_at=..., facts=facts)
    return _answer(channel, message)


def delete_post(ledger: Ledger, arguments: dict) -> dict:
    """Delete a ``message``, a post or a reply. It stays in the channel, with nothing in it."""
    channel = named_channel(ledger, arguments)
    message = _living(named_message(channel, arguments))
    touch(ledger, message, deleted_at=...)
    return _answer(channel, message)


def react_to_post(ledger: Ledger, arguments: dict) -> dict:
    """Let ``user`` react to a ``message`` with ``kind``."""
    channel = named_channel(ledger, arguments)
    message = _living(named_message(channel, arguments))
    who, kind = named_author(ledger, arguments), arguments.get("kind", "like")
    new = reaction(kind, kind.capitalize(), who.id, ledger.now)
    touch(ledger, message, facts=message.facts | {"reactions": [*message.facts.get("reactions", []), new]})
    return _answer(channel, message)


def send_chat_message(ledger: Ledger, arguments: dict) -> dict:
    """Write ``body`` into the first chat of a ``user``."""
    person = named_person(ledger, arguments)
    ensure_chats(ledger.tenant)
    chat = Chat.objects.filter(tenant=ledger.tenant).of(person.id).order_by("id").first()
    if chat is None:
        raise CannotMutate(f"{person} takes part in no chat.")
    facts = {"body": arguments["body"]} if "body" in arguments else {}
    message = say(ledger, chat.id, person, "post", **facts)
    chat.updated_at = message.created_at
    chat.save(update_fields=["updated_at"])
    return {"id": str(message.number), "chat_id": chat.thread_id}


def _said(
    ledger: Ledger, channel: Channel, arguments: dict, recipe: str, *, reply_to: Message | None = None
) -> Message:
    recipe = arguments.get("recipe", recipe)
    if recipe not in RECIPES:
        raise CannotMutate(f"There is no recipe {recipe!r}; there are {', '.join(RECIPES)}.")
    author = named_author(ledger, arguments)
    facts = {name: arguments[name] for name in ("body", "subject") if name in arguments}
    if recipe == "file":
        facts["library"] = library_of(channel) or ("unknown.example", "")
    if recipe == "mention":
        people = people_of(channel.workspace.group)
        facts["mentioned"] = [[str(one.id), one.display_name] for one in people[:1]]
    at = ledger.now - timedelta(days=arguments["days_ago"]) if "days_ago" in arguments else None
    return say(ledger, channel.id, author, recipe, reply_to=reply_to, at=at, **facts)


def _living(message: Message) -> Message:
    if message.deleted_at:
        raise CannotMutate(f"The message {message.number} was deleted.")
    return message


def _answer(channel: Channel, message: Message) -> dict:
    return {"id": str(message.number), "team_id": str(channel.workspace.group_id), "channel_id": channel.thread_id}
