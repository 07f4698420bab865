"""Writes messages, and a line in the log for everything that happens to them."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max

from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Group, Person, Tenant
from simulators.microsoft365.mutations.ledger import Ledger, writing
from simulators.microsoft365.teams.generator.chats import make_chats
from simulators.microsoft365.teams.generator.talk import moment_of
from simulators.microsoft365.teams.generator.workspaces import make_workspace
from simulators.microsoft365.teams.models import Line, Message, Switchboard, Workspace

_TICK = timedelta(milliseconds=1)


def held_workspace(ledger: Ledger, group: Group) -> Workspace:
    """Return what a team holds, made if nobody looked yet. The tenant is held already."""
    found = Workspace.objects.select_related("group", "tenant").filter(group=group).first()
    return found or make_workspace(ledger, group)


def switchboard_of(tenant: Tenant) -> Switchboard:
    """Return the switches of a tenant."""
    return Switchboard.objects.get_or_create(tenant=tenant)[0]


def ensure_chats(tenant: Tenant) -> None:
    """Make the chats of a tenant if nobody looked yet."""
    if switchboard_of(tenant).has_chats:
        return
    with writing(tenant.id) as ledger:
        board = switchboard_of(ledger.tenant)
        if not board.has_chats:
            make_chats(ledger.tenant)
            board.has_chats = True
            board.save(update_fields=["has_chats"])


def new_thing_id(workspace: Workspace, what: str) -> UUID:
    """Return an id for something new in a team; the same history makes the same ids."""
    workspace.refresh_from_db(fields=["made"])
    workspace.made += 1
    workspace.save(update_fields=["made"])
    return derived_id(workspace.group_id, what, workspace.made)


def say(
    ledger: Ledger, room_id: UUID, author: Person | None, recipe: str, *, reply_to: Message | None = None,
    at: datetime | None = None, **facts
) -> Message:  # fmt: skip
    """Let somebody (or the system) write a message, now or ``at``, and return it."""
    number = _number_at(room_id, at) if at else next_number(ledger, room_id)
    message = drafted(ledger, room_id, number, author, recipe, reply_to=reply_to, facts=facts)
    message.save(force_insert=True)
    message.entered_seq = _tell(ledger, message)
    message.save(update_fields=["entered_seq"])
    return message


def drafted(
    ledger: Ledger, room_id: UUID, number: int, author: Person | None, recipe: str, *, reply_to: Message | None,
    facts: dict
) -> Message:  # fmt: skip
    """Return a message that is not saved."""
    moment = moment_of(number)
    return Message(
        tenant=ledger.tenant,
        room_id=room_id,
        number=number,
        reply_to=reply_to.number if reply_to else None,
        author_id=author.id if author else None,
        author_name=author.display_name if author else "",
        recipe=recipe,
        facts=facts,
        created_at=moment,
        modified_at=moment,
        chain_at=moment,
    )


def next_number(ledger: Ledger, room_id: UUID) -> int:
    """Return the number of a message that is written now."""
    last = Message.objects.filter(room_id=room_id).aggregate(last=Max("number"))["last"] or 0
    return max(round(ledger.now.timestamp() * 1000), last + 1)


def _number_at(room_id: UUID, at: datetime) -> int:
    number = round(at.timestamp() * 1000)
    while Message.objects.filter(room_id=room_id, number=number).exists():
        number += 1
    return number


def touch(ledger: Ledger, message: Message, **values) -> None:
    """Change something of a message; it is modified later than ever before."""
    at = max(moment_of(round(ledger.now.timestamp() * 1000)), message.modified_at + _TICK)
    for name, value in values.items():
        setattr(message, name, at if value is ... else value)
    message.modified_at = at
    message.chain_at = max(message.chain_at, at)
    message.save()
    _tell(ledger, message)


def _tell(ledger: Ledger, message: Message) -> int:
    """Write the line of the post a message belongs to, and return its number."""
    post = message
    if message.reply_to:
        post = Message.objects.get(room_id=message.room_id, number=message.reply_to)
        post.chain_at = max(post.chain_at, message.modified_at)
        post.save(update_fields=["chain_at"])
    return Line.objects.create(tenant=ledger.tenant, room_id=message.room_id, message=post, at=ledger.now).id
