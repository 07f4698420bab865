"""Conversations put back as pages to read, in the files of their channel.

Whoever asks for the first post of a channel has the whole page written, with every post that was chosen; for the others
there is nothing left to do. A page has no place for a restore key. It is known by its name instead: one that was free,
and that was written down among the places of the restore before anything was sent.
"""

import threading
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple
from urllib.parse import quote

from backups.connectors.contract import Feed
from backups.connectors.microsoft365.channel_files import ChannelFolder, files_of
from backups.connectors.microsoft365.message_words import (
    html_of,
    milliseconds,
    part_of_picture,
    pictures_in,
    replies_of,
)
from backups.connectors.microsoft365.picture_kinds import as_address, ending_of
from backups.connectors.microsoft365.records import digest, text_in
from backups.connectors.microsoft365.restore_channels import Channels
from backups.connectors.microsoft365.restore_target import TargetTeam, people_of, user_of
from backups.connectors.microsoft365.transcript_page import TranscriptPage
from backups.connectors.restoring import Assignment, Less, Outcome, Saved

# More on one page is slow to open and to search.
_POSTS_ON_A_PAGE = 2_000
# Pictures up to here lie in the page itself, until they are so many bytes in all; others lie beside it.
_LARGEST_INSIDE, _MOST_INSIDE = 512 << 10, 16 << 20
_IN_MEMORY = 8 << 20
_PIECE = 1 << 20
_LONGEST_NAME = 120


class Written(NamedTuple):
    """A post that was written: when it was said, and where it lies in the file."""

    moment: int
    at: str
    begin: int
    end: int


class Transcripts:
    """Writes the pages. Safe for several threads."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._one_at_a_time = threading.Lock()

    def put(self, team: TargetTeam, assignment: Assignment, saved: Saved) -> Outcome:
        """Have the page of the post's channel written, if that was not done. Raises what `ChannelFolder.put` raises."""
        place = _place(saved.feed)
        with self._one_at_a_time:
            page = assignment.places.get(place)
            if not page:
                page = self._write(team, assignment, saved.feed)
                assignment.places.set(place, page)
        lost = assignment.places.get(_lost(saved))
        return Outcome(page, (Less.ATTACHMENTS, Less.TRANSCRIPT) if lost else (Less.TRANSCRIPT,))

    def find(self, assignment: Assignment, saved: Saved) -> str | None:
        """Return the page of the post's channel, once all of it lies there."""
        return assignment.places.get(_place(saved.feed)) or None

    def _write(self, team: TargetTeam, assignment: Assignment, feed: Feed) -> str:
        folder = files_of(team, self._channels.place_of(team, assignment, feed))
        if assignment.folder:
            folder = folder.below(assignment.folder)
        stem = _stem(assignment, feed, folder)
        with SpooledTemporaryFile(_IN_MEMORY) as file:
            writing = _Writing(assignment, feed, folder, stem, file)
            posts = sorted(writing.posts())
            chapters = [posts[at : at + _POSTS_ON_A_PAGE] for at in range(0, len(posts), _POSTS_ON_A_PAGE)] or [[]]
            made = [writing.upload(chapters, number) for number in range(len(chapters))]
        return made[0]


class _Writing:
    """One conversation on its way to its pages. ``file`` takes the posts as they come, in any order."""

    def __init__(self, assignment: Assignment, feed: Feed, folder: ChannelFolder, stem: str, file: IO[bytes]) -> None:
        self._assignment, self._feed, self._folder, self._stem, self._file = assignment, feed, folder, stem, file
        self._page = TranscriptPage(feed.name, _team_name(assignment), assignment.zone, _names(assignment))
        self._inside, self._beside = 0, None

    def posts(self) -> Iterator[Written]:
        """Write every post that was chosen, and yield where."""
        for saved in self._assignment.tree.chosen_of(self._feed):
            content = self._page.post(saved.record, self._pictures(saved))
            begin = self._file.tell()
            self._file.write(content)
            at = saved.record.get("createdDateTime")
            yield Written(milliseconds(at) or 0, str(at or ""), begin, begin + len(content))

    def upload(self, chapters: list[list[Written]], number: int) -> str:
        """Put one page into the folder and return its id."""
        posts, ways = chapters[number], self._ways(number, len(chapters))
        first, last = (posts[0].at, posts[-1].at) if posts else ("", "")
        head, tail = self._page.head(len(posts), first, last, ways), self._page.tail(ways)
        size = len(head) + sum(post.end - post.begin for post in posts) + len(tail)

        def stream() -> Iterator[bytes]:
            yield head
            for post in posts:
                yield from self._read(post)
            yield tail

        return self._folder.put(_file_name(self._stem, number), size, stream)["id"]

    def _read(self, post: Written) -> Iterator[bytes]:
        self._file.seek(post.begin)
        left = post.end - post.begin
        while left and (piece := self._file.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece

    def _pictures(self, saved: Saved) -> dict[str, str]:
        """Return where the page finds each picture of a post and its replies."""
        messages = (saved.record, *replies_of(saved.record))
        hosted = dict.fromkeys(one for message in messages for one in pictures_in(html_of(message)))
        found = ((one, self._address(saved, part_of_picture(one))) for one in hosted)
        return {one: address for one, address in found if address}

    def _address(self, saved: Saved, part: str) -> str | None:
        if part not in saved.parts:
            return None
        try:
            if saved.parts[part] <= min(_LARGEST_INSIDE, _MOST_INSIDE - self._inside):
                content = saved.read(part)
                if address := as_address(content):
                    self._inside += len(content)
                    return address
            return self._put_beside(saved, part)
        except saved.damaged:
            # One picture keeps nobody from the rest of the conversation.
            self._assignment.places.set(_lost(saved), "yes")
            return None

    def _put_beside(self, saved: Saved, part: str) -> str:
        folder = f"{self._stem} pictures"
        if self._beside is None:
            self._beside = self._folder.below(folder)
        beginning = b""
        # Nothing is sent of what turns out to be damaged at its end.
        for piece in saved.stream(part):
            beginning = beginning or piece
        name = f"{digest([saved.id, part])[:16]}{ending_of(beginning)}"
        self._beside.put(name, saved.parts[part], lambda: saved.stream(part))
        return f"{quote(folder)}/{name}"

    def _ways(self, number: int, count: int) -> str:
        shown = ""
        for word, other in (("Earlier", number - 1), ("Later", number + 1)):
            if 0 <= other < count:
                shown += f'<a href="{quote(_file_name(self._stem, other))}">{word}</a>'
        return f"<nav>{shown}</nav>\n" if shown else ""


def _stem(assignment: Assignment, feed: Feed, folder: ChannelFolder) -> str:
    """Return the name of a page without its ending, chosen once for the whole restore."""
    place = f"transcript name {feed.id}"
    stem = assignment.places.get(place)
    if not stem:
        stem = folder.free_name(f"{feed.name[:_LONGEST_NAME]} conversation.html").removesuffix(".html")
        assignment.places.set(place, stem)
    return stem


def _file_name(stem: str, number: int) -> str:
    return f"{stem}.html" if not number else f"{stem} {number + 1}.html"


def _team_name(assignment: Assignment) -> str:
    settings = assignment.tree.object(f"settings/{assignment.source.remote_id}")
    return (text_in(settings.record.get("displayName")) if settings else "") or assignment.source.name


def _names(assignment: Assignment) -> dict[str, str]:
    people = people_of(assignment, assignment.tree.feed("members"))
    return {user_of(one.record): text_in(one.record.get("displayName")) for one in people}


def _lost(saved: Saved) -> str:
    return f"transcript lacks {digest(saved.id)}"


def _place(feed: Feed) -> str:
    return f"transcript {feed.id}"
