"""Conversations put back as messages: with their own dates, in the names of those who wrote them.

Follows Microsoft's pages "channel: startMigration", "channel: completeMigration" and "Import third-party platform
messages to Teams". A channel takes old messages only between those two calls. Which one is open is written down among
the places of the restore before it is opened, so that `finish` closes it whatever happened meanwhile.

A message has no place for a restore key, and needs none: its id in a channel is the moment it was created at, in
milliseconds, and Microsoft refuses a second one. That moment is written down under the key before the message is sent.
Microsoft takes four requests a second for one team, so it is never brought more than the five messages a second that it
allows for one channel.
"""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.channel_files import files_of
from backups.connectors.microsoft365.message_brought import Brought, Person, author_to_be, brought, shorten
from backups.connectors.microsoft365.message_words import milliseconds, replies_of, words_of
from backups.connectors.microsoft365.migrations import Migrations
from backups.connectors.microsoft365.records import digest, text_in
from backups.connectors.microsoft365.restore_channels import Channels
from backups.connectors.microsoft365.restore_target import TargetTeam, is_guest, is_owner, people_of, user_of
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.restoring import Assignment, Conflict, Less, Mark, Outcome, Saved, There

# How many messages of the same moment a channel may have.
_MOST_SHIFTS = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Messages:
    """Brings messages in. Safe for several threads."""

    def __init__(self, channels: Channels) -> None:
        self._channels, self._migrations = channels, Migrations(channels)
        self._authors = Authors()

    def mark(self, saved: Saved) -> Mark:
        """Return when the post was written, and its words. What was deleted is only known by what was deleted."""
        return _mark(saved.record)

    def there(self, team: TargetTeam, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return the posts of the channel, and of the one that is made of it."""
        found: dict[str, There] = {}
        for is_apart in {False, bool(assignment.folder)}:
            channel = self._channels.known(team, assignment, feed, is_apart=is_apart)
            listed = team.listed(f"channels/{quoted(channel)}/messages?$top=50", "message") if channel else ()
            for key, entry in listed:
                mark = _mark(entry)
                found.setdefault(mark.name, There(key, mark.content))
        found.pop("", None)
        return found

    def find(self, team: TargetTeam, assignment: Assignment, saved: Saved, key: str) -> str | None:
        """Return the post an earlier try made; the replies that are missing are brought in now."""
        if not assignment.places.get(_place(key)):
            return None
        post = self._post(team, assignment, saved, key)
        return post.brought_in(anew=False)

    def put(self, team: TargetTeam, assignment: Assignment, saved: Saved, key: str, there: There | None) -> Outcome:
        """Bring a post in with its replies."""
        if there and assignment.conflict == Conflict.REPLACE:
            raise CannotBeRestored(
                "Microsoft lets no app change or remove a message: the one that is there stays as it is.",
                obstacle=Obstacle.NOT_RESTORABLE,
            )
        post = self._post(team, assignment, saved, key)
        made = post.brought_in(anew=True)
        return Outcome(made, tuple(sorted(post.less)))

    def finish(self, team: TargetTeam | None, assignment: Assignment) -> None:
        """Close the channels that were opened."""
        self._migrations.finish(team, assignment)

    def _post(self, team: TargetTeam, assignment: Assignment, saved: Saved, key: str) -> "_Post":
        channel = self._migrations.opened(team, assignment, saved.feed)
        return _Post(team, assignment, saved, key, channel, self._authors)


class Authors:
    """In whose names messages can be brought in. Safe for several threads."""

    def __init__(self) -> None:
        self._gone: set[tuple[str, str]] = set()
        self._stand_ins: dict[str, Person | None] = {}
        self._names: dict[str, dict[str, str]] = {}
        self._one_at_a_time = threading.Lock()

    def names(self, assignment: Assignment) -> dict[str, str]:
        """Return the names of the saved people by their ids."""
        with self._one_at_a_time:
            if assignment.key not in self._names:
                people = people_of(assignment, assignment.tree.feed("members"))
                self._names[assignment.key] = {
                    user_of(one.record): text_in(one.record.get("displayName")) for one in people
                }
            return self._names[assignment.key]

    def of(self, team: TargetTeam, assignment: Assignment, record: dict[str, Any]) -> list[tuple[Person, str]]:
        """Return in whose names a message may be tried, and who really wrote it where that is somebody else."""
        person, writer = author_to_be(record, self.names(assignment))
        found = []
        if person and (team.id, person.id) not in self._gone:
            found.append((person, writer if writer == "Teams" and person.name != writer else ""))
        if stand_in := self._stand_in(team):
            found.append((stand_in, writer))
        return found

    def missed(self, team: TargetTeam, person: Person) -> None:
        """Note that Microsoft takes nothing in the name of somebody."""
        self._gone.add((team.id, person.id))

    def _stand_in(self, team: TargetTeam) -> Person | None:
        with self._one_at_a_time:
            if team.id not in self._stand_ins:
                inside = [one for _, one in team.listed("members", "member") if not is_guest(one)]
                first = min(inside, key=lambda one: (not is_owner(one), user_of(one)), default=None)
                self._stand_ins[team.id] = (
                    Person(user_of(first), text_in(first.get("displayName"))) if first else None
                )  # fmt: skip
            return self._stand_ins[team.id]


class _Post:
    """One post with its replies on its way into a channel."""

    def __init__(
        self, team: TargetTeam, assignment: Assignment, saved: Saved, key: str, channel: str, authors: Authors
    ) -> None:
        self.team, self.assignment, self.saved, self.authors = team, assignment, saved, authors
        self.channel, self.place = channel, _place(key)
        self.less: set[Less] = set()
        self._path = f"channels/{quoted(channel)}/messages"

    def brought_in(self, *, anew: bool) -> str | None:
        """Bring in what is missing and return the id of the post; without ``anew`` None where the post itself is."""
        begun, record = self.assignment.places.get(self.place), self.saved.record
        made = self._made(record)
        post, moment = None, self._first_moment(record)
        if begun:
            moment = int(begun)
            post, moment = self._standing(made, moment)
        if post is None:
            if not anew:
                return None
            post = self._bring(self._path, record, made, moment, is_post=True)
            begun = None
        replies = f"{self._path}/{quoted(post)}/replies"
        there = [entry for _, entry in self.team.listed(f"{replies}?$top=50", "reply")] if begun else []
        for reply in replies_of(record):
            answer = self._made(reply)
            at = max(self._first_moment(reply), moment)
            if not any(_is_same(entry, answer, at) for entry in there):
                self._bring(replies, reply, answer, at, is_post=False)
        return post

    def _standing(self, made: Brought, moment: int) -> tuple[str | None, int]:
        """Return the post that an earlier try made at a moment, or None and the moment to try next."""
        try:
            entry = self.team.get(f"{self._path}/{moment}")
        except NotThere:
            return None, moment
        if _is_same(entry, made, moment):
            return str(entry["id"]), moment
        return None, moment + 1

    def _bring(self, path: str, record: dict[str, Any], made: Brought, moment: int, *, is_post: bool) -> str:
        for at in range(moment, moment + _MOST_SHIFTS):
            if is_post:
                self.assignment.places.set(self.place, str(at))
            try:
                found = self._sent(path, record, made, at)
            except CannotBeRestored as problem:
                if not _is_conflict(problem):
                    raise
            else:
                self.less |= made.less
                return found
        raise CannotBeRestored("The channel has too many messages of the same moment.", obstacle=Obstacle.REFUSED)

    def _sent(self, path: str, record: dict[str, Any], made: Brought, at: int) -> str:
        """Send a message in the name of the first whom Microsoft takes, and without links it does not take."""
        while True:
            try:
                return self._as_somebody(path, record, made, at)
            except CannotBeRestored as problem:
                if problem.obstacle == Obstacle.TOO_LARGE and Less.TEXT not in made.less:
                    shorten(made, record, self._beside)
                elif problem.obstacle == Obstacle.REFUSED and made.attachments and not _is_conflict(problem):
                    made.attachments = []
                    made.less.add(Less.CLOUD_LINKS)
                else:
                    raise

    def _as_somebody(self, path: str, record: dict[str, Any], made: Brought, at: int) -> str:
        refused, missed = None, None
        for person, writer in self.authors.of(self.team, self.assignment, record):
            try:
                found = self.team.post(path, made.body(person, _moment(at), written_by=writer))
            except CannotBeRestored as problem:
                if problem.obstacle != Obstacle.REFUSED or _is_conflict(problem):
                    raise
                refused, missed = problem, person
                continue
            if missed:
                self.authors.missed(self.team, missed)
            if writer:
                made.less.add(Less.WRITER)
            return str(found.get("id") or at)
        raise refused or CannotBeRestored(
            "Nobody is in the team in whose name a message can be put back.", obstacle=Obstacle.REFUSED
        )

    def _made(self, record: dict[str, Any]) -> Brought:
        return brought(self.saved, record, self._beside, self.authors.names(self.assignment))

    def _beside(self, name: str, content: bytes) -> str:
        folder = files_of(self.team, self.channel).below(self.assignment.folder or "Restored messages")
        return str(folder.put(name, len(content), lambda: iter((content,))).get("webUrl") or "")

    def _first_moment(self, record: dict[str, Any]) -> int:
        moment = milliseconds(record.get("createdDateTime"))
        if moment is None:
            raise CannotBeRestored("Nobody knows when this was written.", obstacle=Obstacle.NOT_RESTORABLE)
        # In its own channel the original stands at that moment.
        is_beside = self.assignment.conflict == Conflict.COPY and self.channel == self.saved.feed.id
        return moment + is_beside


def _mark(record: dict[str, Any]) -> Mark:
    moment = milliseconds(record.get("createdDateTime"))
    if moment is None:
        return Mark("", "")
    word = "deleted " if record.get("deletedDateTime") else ""
    return Mark(f"{word}{moment}", digest([record.get("subject") or "", words_of(record)]))


def _is_same(entry: dict[str, Any], made: Brought, moment: int) -> bool:
    at = milliseconds(entry.get("createdDateTime"))
    words = words_of({"body": {"contentType": "html" if made.is_html else "text", "content": made.content}})
    return at is not None and 0 <= at - moment < _MOST_SHIFTS and words_of(entry).endswith(words)


def _is_conflict(problem: CannotBeRestored) -> bool:
    return problem.code.lower() == "conflict"


def _moment(milliseconds: int) -> str:
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _place(key: str) -> str:
    return f"message {digest(key)}"
