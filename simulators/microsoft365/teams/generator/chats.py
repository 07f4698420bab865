"""The chats of a tenant."""

from itertools import islice
from random import Random

from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Kind, Person, Tenant
from simulators.microsoft365.teams.generator.sizes import volume_of
from simulators.microsoft365.teams.generator.talk import Talk
from simulators.microsoft365.teams.models import Chat, Message

_TOPICS = ("Lunch", "Shift swap", "Project Harbour", "Van keys")
_BATCH = 2000
_KINDS = (Chat.Kind.ONE_ON_ONE, Chat.Kind.GROUP, Chat.Kind.MEETING)


def make_chats(tenant: Tenant) -> None:
    """Make all chats of a tenant with what was said in them."""
    dice = Random(f"{tenant.seed}/{tenant.id}/chats")  # noqa: S311
    staff = [one for one in Person.objects.live().filter(tenant=tenant, kind=Kind.MEMBER).order_by("id")]
    pairs = set()
    messages = []
    for number in range(volume_of(tenant).chats if len(staff) > 1 else 0):
        kind = _KINDS[number % len(_KINDS)]
        people = sorted(
            dice.sample(staff, 2 if kind == Chat.Kind.ONE_ON_ONE else min(len(staff), 4)), key=lambda one: str(one.id)
        )
        key = tuple(one.id for one in people)
        if kind == Chat.Kind.ONE_ON_ONE and key in pairs:
            continue
        pairs.add(key)
        messages += _chat(tenant, number, kind, people, dice)
    waiting = iter(messages)
    while batch := list(islice(waiting, _BATCH)):
        Message.objects.bulk_create(batch)


def _chat(tenant: Tenant, number: int, kind: str, people: list[Person], dice: Random) -> list[Message]:
    chat = Chat(
        id=derived_id(tenant.id, "chat", number),
        tenant=tenant,
        kind=kind,
        topic="" if kind == Chat.Kind.ONE_ON_ONE else dice.choice(_TOPICS),
        members=[str(one.id) for one in people],
        created_at=tenant.created_at,
        updated_at=tenant.created_at,
    )
    talk = Talk(tenant, chat.id, [(one.id, one.display_name) for one in people], None, dice)
    messages = list(talk.chat(volume_of(tenant).chat_messages))
    chat.created_at, chat.updated_at = messages[0].created_at, messages[-1].created_at
    chat.save(force_insert=True)
    return messages
