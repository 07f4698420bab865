"""Messages of a new channel or chat: who said what when."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from simulators.microsoft365.models import Tenant
from simulators.microsoft365.teams.models import Message

# What every first channel has, oldest first; only the last few are younger than eight months.
NASTY = ("emoji", "script", "image", "file", "card", "mention", "images", "long")
_COMMON = ("post",) * 8 + ("mention", "file", "image", "emoji")
_REACTIONS = (("like", "Like"), ("heart", "Heart"), ("🎉", "Party popper"), ("laugh", "Laugh"))
_OLDEST_DAYS = 420
Somebody = tuple[UUID, str]


class Talk:
    """Draws the messages of one room. ``library`` is the host and the folder its files lie in."""

    def __init__(
        self, tenant: Tenant, room_id: UUID, people: list[Somebody], library: tuple[str, str] | None, dice: Random
    ) -> None:
        self.tenant, self.room_id, self.people, self.library, self.dice = tenant, room_id, people, library, dice
        self.taken: set[int] = set()

    def posts(self, recipes: list[str], longest: int) -> Iterator[Message]:
        """Yield posts with their replies, spread over the last fourteen months; the second last has most replies."""
        gap = timedelta(days=_OLDEST_DAYS) / (len(recipes) + 1)
        for index, recipe in enumerate(recipes):
            at = self.tenant.created_at - timedelta(days=_OLDEST_DAYS) + gap * (index + self.dice.random() / 2)
            post = self.message(recipe, at)
            replies = longest if index == len(recipes) - 2 else self.dice.choice((0, 0, 1, 2))
            for number in range(replies):
                step = timedelta(seconds=self.dice.randrange(5, 600) if replies < 10 else 40)
                at = min(at + step, self.tenant.created_at)
                reply = self.message("image" if number == 3 else "plain", at, reply_to=post.number)
                post.chain_at = max(post.chain_at, reply.modified_at)
                yield reply
            yield post

    def chat(self, count: int) -> Iterator[Message]:
        """Yield messages of a chat."""
        gap = timedelta(days=_OLDEST_DAYS) / (count + 1)
        for index in range(count):
            at = self.tenant.created_at - timedelta(days=_OLDEST_DAYS) + gap * (index + self.dice.random() / 2)
            yield self.message(self.dice.choice(("plain", "post", "emoji")), at)

    def message(self, recipe: str, at: datetime, *, reply_to: int | None = None, **facts) -> Message:
        """Return a message of somebody; now and then it was edited, or others reacted to it."""
        number = self.free_number(at)
        at = moment_of(number)
        author_id, name = (None, "") if recipe == "event" else self.dice.choice(self.people)
        message = Message(
            tenant=self.tenant,
            room_id=self.room_id,
            number=number,
            reply_to=reply_to,
            author_id=author_id,
            author_name=name,
            recipe=recipe,
            facts=facts,
            created_at=at,
            modified_at=at,
            chain_at=at,
        )
        if recipe == "file" and self.library is None:
            message.recipe = "post"
        elif recipe == "file":
            message.facts["library"] = self.library
        if recipe == "mention":
            message.facts["mentioned"] = [[str(who), called] for who, called in self.dice.sample(self.people, 1)]
        if recipe != "event" and self.dice.random() < 0.15:
            self._react(message)
        return message

    def free_number(self, at: datetime) -> int:
        """Return the number of a message at a moment, one that no other of this room has."""
        number = round(at.timestamp() * 1000)
        while number in self.taken:
            number += 1
        self.taken.add(number)
        return number

    def _react(self, message: Message) -> None:
        who, _ = self.dice.choice(self.people)
        kind, name = self.dice.choice(_REACTIONS)
        at = min(message.created_at + timedelta(minutes=self.dice.randrange(1, 90)), self.tenant.created_at)
        message.facts["reactions"] = [reaction(kind, name, who, at)]
        message.modified_at = message.chain_at = max(at, message.created_at)


def reaction(kind: str, name: str, who: UUID, at: datetime) -> dict:
    """Return a reaction as a message keeps it."""
    return {"type": kind, "name": name, "who": str(who), "at": at.timestamp()}


def moment_of(number: int) -> datetime:
    """Return the moment that a message's number says."""
    return datetime.fromtimestamp(number // 1000, UTC) + timedelta(milliseconds=number % 1000)


def recipes(count: int, dice: Random, *, nasty: bool) -> list[str]:
    """Return what the posts of a channel are."""
    first = list(NASTY) if nasty else []
    return (first + [dice.choice(_COMMON) for _ in range(max(0, count - len(first)))])[: max(count, len(first))]
