"""The conversations a team's group is born with, in its mailbox."""

from datetime import timedelta
from random import Random

from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Group, Person
from simulators.microsoft365.teams.content import words
from simulators.microsoft365.teams.models import Thread

_THREADS = 3


def make_threads(group: Group, people: list[Person], dice: Random) -> None:
    """Save the conversations of a group."""
    for number in range(_THREADS if people else 0):
        thread = Thread(id=derived_id(group.id, "thread", number), group=group, topic=words.subject(dice))
        at = group.tenant.created_at - timedelta(days=dice.randrange(1, 400))
        for index in range(dice.randrange(1, 4)):
            at += timedelta(minutes=dice.randrange(3, 300))
            thread.posts.append(new_post(thread, index, dice.choice(people), at, words.paragraph(dice), number == 0))
        thread.last_at = at
        thread.save(force_insert=True)


def new_post(thread: Thread, index: int, author: Person, at, body: str, has_file: bool) -> dict:
    """Return a post of a conversation as its thread keeps it."""
    return {
        "id": derived_id(thread.id, "post", index).hex,
        "name": author.display_name,
        "address": author.mail,
        "at": at.timestamp(),
        "body": body,
        "files": ["Plan.png"] if has_file else [],
    }
