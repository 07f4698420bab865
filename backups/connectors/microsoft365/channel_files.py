"""Files that are put into the folder of a channel, beside those of people. Nothing is ever written over."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any, NamedTuple

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle, OutcomeUnclear, ProviderBusy
from backups.connectors.microsoft365.drive_names import copies_of, tamed
from backups.connectors.microsoft365.drive_writing import Content, DriveWriter, is_taken
from backups.connectors.microsoft365.message_words import milliseconds
from backups.connectors.microsoft365.restore_target import TargetTeam
from backups.connectors.microsoft365.sharepoint_calls import part_of
from backups.connectors.microsoft365.team_calls import quoted

_TRIES, _MOST_NAMES = 4, 50
# The site of a new channel is made when somebody first asks for its files.
_PAUSE, _PUT_OFF = 10, timedelta(minutes=1)
# A channel that has none when it is so old gets none without somebody's help.
_LONGEST_WAIT = timedelta(hours=1)


class ChannelFolder(NamedTuple):
    """A folder of a channel: its drive, and its id there."""

    drive: DriveWriter
    id: str

    def below(self, name: str) -> "ChannelFolder":
        """Return the folder of this name in it, made where it is missing. Raises what `DriveWriter` raises."""
        name = tamed(name)
        for _ in range(_TRIES):
            entry = self.drive.at(self.id, name)
            if entry and "folder" in entry:
                return ChannelFolder(self.drive, entry["id"])
            if entry:
                name = next(copies_of(name))
                continue
            try:
                return ChannelFolder(self.drive, self.drive.make_folder(self.id, name, {})["id"])
            except OutcomeUnclear:
                continue
            except CannotBeRestored as problem:
                if not is_taken(problem):
                    raise
        raise OutcomeUnclear("Nobody knows whether a folder was made.")

    def free_name(self, name: str) -> str:
        """Return a name, as like to ``name`` as can be, that nothing in the folder has."""
        for one in islice(chain((tamed(name),), copies_of(tamed(name))), _MOST_NAMES):
            if self.drive.at(self.id, one) is None:
                return one
        raise CannotBeRestored(
            f"There are {_MOST_NAMES} files called “{name[:80]}” in that folder already.",
            obstacle=Obstacle.NAME_REFUSED,
        )

    def put(self, name: str, size: int, stream: Callable[[], Iterator[bytes]]) -> dict[str, Any]:
        """Make a file, unless it is there already, and return what Microsoft says of it.

        Raises `OutcomeUnclear`, `CannotBeRestored` (NO_ROOM and others).
        """
        if found := self.drive.at(self.id, name):
            return found
        return self.drive.upload(self.id, name, Content(size, "", stream), {})


def files_of(team: TargetTeam, channel: str) -> ChannelFolder:
    """Return the folder of a channel.

    Raises `ProviderBusy` while Microsoft makes it, `CannotBeRestored` where it made none or says no drive.
    """
    path = f"channels/{quoted(channel)}/filesFolder"
    try:
        entry = team.get(path)
    except NotThere:
        team.graph.http.sleep(_PAUSE)
        try:
            entry = team.get(path)
        except NotThere as problem:
            raise _without_files(team, channel, problem) from problem
    drive, folder = part_of(entry, "parentReference").get("driveId"), entry.get("id")
    if not isinstance(drive, str) or not isinstance(folder, str):
        raise CannotBeRestored("The channel has no place for files.", obstacle=Obstacle.REFUSED)
    return ChannelFolder(DriveWriter(team.graph, drive), folder)


def _without_files(team: TargetTeam, channel: str, problem: NotThere) -> ProviderBusy | CannotBeRestored:
    facts = {"code": problem.code, "request_id": problem.request_id}
    made = milliseconds(team.get(f"channels/{quoted(channel)}").get("createdDateTime"))
    if made is None or team.graph.http.clock() - datetime.fromtimestamp(made / 1000, UTC) < _LONGEST_WAIT:
        return ProviderBusy("The channel has no place for files yet.", wait=_PUT_OFF, **facts)
    return CannotBeRestored(
        "The channel has no place for files. Let somebody open its Files tab once, then go on.",
        obstacle=Obstacle.LOCKED, **facts,
    )  # fmt: skip
