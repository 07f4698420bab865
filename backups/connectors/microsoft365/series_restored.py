"""The days of a series that are not like the others: changed ones, and those on which it does not take place.

Follows Microsoft's pages "List instances" and "Update event". A day is found by the moment at which it would begin
if nobody had changed it, so that a try after a break finds the days an earlier one changed already.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle, OutcomeUnclear
from backups.connectors.microsoft365.event_restored import day_body
from backups.connectors.microsoft365.events import say_which_day
from backups.connectors.microsoft365.restore_attachments import event_path
from backups.connectors.microsoft365.restore_mailbox import Mailbox, entries
from backups.connectors.microsoft365.windows_zones import moment_of, zone_of
from backups.connectors.restoring import Less

# Wide enough for a day in any time zone.
_AROUND = timedelta(hours=36)
_EXCEPTIONS = "exceptionOccurrences"
# Attaches what a kept exception has to the event with an id.
Attaching = Callable[[dict[str, Any], str], set[Less]]


class Days:
    """The days of the series ``master_id`` in a mailbox, whose ``record`` was kept."""

    def __init__(self, mailbox: Mailbox, master_id: str, record: dict[str, Any], *, is_elsewhere: bool) -> None:
        self.mailbox, self.master_id, self.record, self.is_elsewhere = mailbox, master_id, record, is_elsewhere

    def restore(self, attaching: Attaching, *, anew: bool) -> set[Less]:
        """Change and call off what was changed and called off. Raises what `Mailbox.patch` raises."""
        less = set()
        changed = self._changed_already() if anew else {}
        for day in _days(self.record.get("cancelledOccurrences")):
            found = self._on(day)
            if found:
                self.mailbox.delete(event_path(found))
        for exception in self._exceptions():
            found = self._found(exception, changed)
            try:
                less |= self._change(found, exception, attaching) if found else {Less.EXCEPTIONS}
            except CannotBeRestored as problem:
                if problem.obstacle != Obstacle.REFUSED:
                    raise
                less.add(Less.EXCEPTIONS)
        return less

    def _change(self, instance_id: str, exception: dict[str, Any], attaching: Attaching) -> set[Less]:
        body = day_body(exception, self.record, is_elsewhere=self.is_elsewhere)
        try:
            made = self.mailbox.patch(event_path(instance_id), body)
        except NotThere as problem:
            raise OutcomeUnclear("A day of a series changed its id while it was written.") from problem
        return attaching(exception, made.get("id") or instance_id)

    def _found(self, exception: dict[str, Any], changed: dict[datetime, str]) -> str | None:
        """Return the id of the day that an exception is kept of."""
        begins = moment_of(exception.get("originalStart"))
        if begins:
            return changed.get(begins) or self._beginning_at(begins)
        day = next(_days([exception.get("occurrenceId")]), None)
        zone = self._zone
        known = (one for at, one in changed.items() if at.astimezone(zone).date() == day)
        return (next(known, None) or self._on(day)) if day else None

    def _exceptions(self) -> list[dict[str, Any]]:
        given = self.record.get(_EXCEPTIONS)
        return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []

    @property
    def _zone(self) -> tzinfo:
        """The zone by which its days are counted: what lasts the whole day is told in UTC, wherever it was planned."""
        is_all_day = self.record.get("isAllDay") is True
        return UTC if is_all_day else zone_of(self.record.get("originalStartTimeZone")) or UTC

    def _changed_already(self) -> dict[datetime, str]:
        path = f"{event_path(self.master_id)}?$select=id,{_EXCEPTIONS}&$expand={_EXCEPTIONS}"
        given = self.mailbox.get(path).get(_EXCEPTIONS)
        found = {}
        for one in given if isinstance(given, list) else []:
            say_which_day(self.mailbox, one)
            if begins := moment_of(one.get("originalStart")):
                found[begins] = one["id"]
        return found

    def _on(self, day: date) -> str | None:
        """Return what takes place on ``day`` in the time zone of the series, or None where nothing does any more."""
        noon = datetime.combine(day, time(12), self._zone).astimezone(UTC)
        for entry in self._around(noon):
            # Where it lasts the whole day, only the start is told without a time zone.
            at = moment_of(entry.get("start" if entry.get("type") == "occurrence" else "originalStart"))
            if at and at.astimezone(self._zone).date() == day:
                return entry["id"]
        return None

    def _beginning_at(self, moment: datetime) -> str | None:
        for entry in self._around(moment):
            if moment_of(entry.get("originalStart") or entry.get("start")) == moment:
                return entry["id"]
        return None

    def _around(self, moment: datetime) -> Iterator[dict[str, Any]]:
        begin, end = (f"{moment + shift:%Y-%m-%dT%H:%M:%SZ}" for shift in (-_AROUND, _AROUND))
        window = f"startDateTime={begin}&endDateTime={end}&$select=id,type,start,originalStart"
        return entries(self.mailbox, f"{event_path(self.master_id)}/instances?{window}")


def _days(given: Any) -> Iterator[date]:
    """Yield the dates of ids of occurrences: "OID.<id of the series>.<date>"."""
    for word in given if isinstance(given, list) else []:
        try:
            yield date.fromisoformat(str(word).rpartition(".")[2])
        except ValueError:
            continue
