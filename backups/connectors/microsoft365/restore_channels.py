"""Finding the channel that something is put back into, and making it where it is missing.

Follows Microsoft's page "Create channel". A channel is looked for before it is made, by one thread at a time, so there
are never two of them, whatever broke meanwhile. What was said among few is never put where more can read it: a private
channel is only ever found in one that has people of its own.
"""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, islice
from typing import Any

from backups.connectors.base import CannotBeRestored, Obstacle, OutcomeUnclear, ProviderBusy
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.records import text_in
from backups.connectors.microsoft365.restore_target import TargetTeam, is_guest, is_owner, people_of, user_of
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.restoring import Assignment

# "The maximum length is 50 characters", and what a name must not hold.
_LONGEST_NAME = 50
_REFUSED = re.compile(r"""[~#%&*{}/\\:<>?+|'"\x00-\x1f]""")
_STANDARD = "standard"
_NAMES, _POLLS, _PAUSE = 8, 6, 5
_PUT_OFF = timedelta(seconds=30)


class Channels:
    """The channels of the teams that are restored into. Safe for several threads."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()

    def place_of(self, team: TargetTeam, assignment: Assignment, feed: Feed, *, is_apart: bool = False) -> str:
        """Return the id of the channel for what ``feed`` is, made where it is missing.

        ``is_apart`` wants the channel beside it that is named after the folder. Raises `CannotBeRestored`,
        `OutcomeUnclear`, `ProviderBusy` while Microsoft makes it.
        """
        place = f"{'apart' if is_apart else 'channel'} {feed.id}"
        with self._one_at_a_time:
            known = assignment.places.get(place)
            if known is None:
                known = self._found(team, assignment, feed, is_apart=is_apart)
                known = known or self._made(team, assignment, feed, _name(assignment, feed, is_apart=is_apart))
                assignment.places.set(place, known)
        return known

    def known(self, team: TargetTeam, assignment: Assignment, feed: Feed, *, is_apart: bool = False) -> str | None:
        """Return the id of that channel if it is there; makes nothing."""
        place = f"{'apart' if is_apart else 'channel'} {feed.id}"
        return assignment.places.get(place) or self._found(team, assignment, feed, is_apart=is_apart)

    def below(self, team: TargetTeam, assignment: Assignment, feed: Feed, rest: str) -> str:
        """Return the path of what ``feed`` lists, below the team or its channel. Raises what `place_of` raises."""
        above = _above(assignment, feed)
        return f"channels/{quoted(self.place_of(team, assignment, above))}/{rest}" if above else rest

    def known_below(self, team: TargetTeam, assignment: Assignment, feed: Feed, rest: str) -> str | None:
        """Return that path, or None where there is no such channel; makes nothing."""
        above = _above(assignment, feed)
        channel = self.known(team, assignment, above) if above else None
        return None if above and not channel else f"channels/{quoted(channel)}/{rest}" if channel else rest

    def _found(self, team: TargetTeam, assignment: Assignment, feed: Feed, *, is_apart: bool) -> str | None:
        there = dict(team.listed("channels", "channel"))
        if not is_apart:
            if feed.id in there:
                return feed.id
            if feed.id == _first_channel(assignment):
                first = team.get("primaryChannel").get("id")
                return first if isinstance(first, str) else None
        name = _name(assignment, feed, is_apart=is_apart)
        return _of_that_name(there, (name, tamed(name)), feed)

    def _made(self, team: TargetTeam, assignment: Assignment, feed: Feed, name: str) -> str:
        body = {"description": text_in(feed.record.get("description")), "membershipType": _membership(feed)}
        if body["membershipType"] != _STANDARD:
            body["members"] = _people(team, assignment, feed)
        refused = None
        for one in islice(_names(name), _NAMES):
            try:
                return self._one(team, body | {"displayName": one}, feed)
            except CannotBeRestored as problem:
                # A name that Teams does not take, or that of a channel somebody deleted within the last month.
                if problem.obstacle != Obstacle.REFUSED:
                    raise
                refused = refused or problem
        raise CannotBeRestored(
            f"Microsoft does not take a channel of the name “{name}”.", obstacle=Obstacle.NAME_REFUSED,
            code=refused.code if refused else "", request_id=refused.request_id if refused else "",
        )  # fmt: skip

    def _one(self, team: TargetTeam, body: dict[str, Any], feed: Feed) -> str:
        try:
            begun = team.begin("channels", body)
        except OutcomeUnclear:
            if found := _of_that_name(dict(team.listed("channels", "channel")), (body["displayName"],), feed):
                return found
            raise
        if not begun.operation and begun.target:
            return begun.target
        for _ in range(_POLLS):
            if found := _of_that_name(dict(team.listed("channels", "channel")), (body["displayName"],), feed):
                return found
            team.graph.http.sleep(_PAUSE)
        raise ProviderBusy("Microsoft is still making the channel.", wait=_PUT_OFF)


def tamed(name: str) -> str:
    """Return a name that Teams takes for a channel, as like to ``name`` as can be."""
    tame = _REFUSED.sub("_", name).strip().lstrip("_.").rstrip(".").strip()
    return tame[:_LONGEST_NAME].rstrip() or "Channel"


def _above(assignment: Assignment, feed: Feed) -> Feed | None:
    above = assignment.tree.feed(feed.parent) if feed.parent else None
    if feed.parent and above is None:
        raise CannotBeRestored("The channel this was in is not known.", obstacle=Obstacle.NOT_RESTORABLE)
    return above


def _name(assignment: Assignment, feed: Feed, *, is_apart: bool) -> str:
    name = text_in(feed.record.get("displayName")) or feed.name
    if not is_apart:
        return name
    # The folder's name tells the copy from the channel, so it is the last to be cut.
    folder = assignment.folder[: _LONGEST_NAME - 10]
    return f"{name[: _LONGEST_NAME - 1 - len(folder)].rstrip()} {folder}"


def _names(name: str) -> Iterator[str]:
    tame = tamed(name)
    others = (f"{tame[: _LONGEST_NAME - 3].rstrip()} {number}" for number in range(2, 10))
    return chain(dict.fromkeys((name, tame)), others)


def _of_that_name(there: dict[str, dict[str, Any]], names: tuple[str, ...], feed: Feed) -> str | None:
    for name in names:
        for channel, entry in there.items():
            is_open = entry.get("membershipType") == _STANDARD
            if entry.get("displayName") == name and is_open == (_membership(feed) == _STANDARD):
                return channel
    return None


def _membership(feed: Feed) -> str:
    told = feed.record.get("membershipType")
    # What nobody knows yet is for as few as possible.
    return told if told in (_STANDARD, "private", "shared") else "private"


def _first_channel(assignment: Assignment) -> str | None:
    settings = assignment.tree.object(f"settings/{assignment.source.remote_id}")
    told = settings.record.get("internalId") if settings else None
    return told if isinstance(told, str) else None


def _people(team: TargetTeam, assignment: Assignment, feed: Feed) -> list[dict[str, Any]]:
    """Return those of the channel who are in the team now, and in any case an owner: Teams makes none without one."""
    inside = {user_of(entry): entry for _, entry in team.listed("members", "member")}
    saved = people_of(assignment, assignment.tree.feed(f"{feed.id}/members"))
    people = [(user_of(one.record), is_owner(one.record)) for one in saved if user_of(one.record) in inside]
    if not any(owns for _, owns in people):
        heads = [user for user, entry in inside.items() if is_owner(entry)]
        heads += [user for user, entry in inside.items() if not is_guest(entry)]
        if not heads:
            raise CannotBeRestored(
                "Nobody is in the team who could own a channel for few.", obstacle=Obstacle.REFUSED
            )  # fmt: skip
        people = [(heads[0], True), *(one for one in people if one[0] != heads[0])]
    return [team.member(user, is_owner=owns) for user, owns in people]
