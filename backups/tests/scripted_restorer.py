"""A restorer whose target is a dictionary, and which does to each object what a test tells it to do."""

import threading

from backups.connectors.base import CannotBeRestored, Obstacle, OutcomeUnclear
from backups.connectors.contract import Kind
from backups.connectors.restoring import OPEN, Conflict, Less, Mark, Outcome, Room, There

_DOOR = f"{OPEN}door"


class ScriptedRestorer:
    """``script`` holds for an object's id what happens at its next tries: an exception to raise, or a function to
    call. ``held`` is the target: {id there: name of the object}. ``doors`` are those it opened
    and did not close yet; it opens one where ``opens`` is true.
    """

    kind, width, newest_first, may_lack, cost = Kind.MAIL, 3, True, (Less.HEADERS,), 2.0

    def __init__(self, **held):
        self.held, self.script, self.trouble = dict(held), {}, None
        self.order, self.keys, self.finished, self.asked = [], {}, 0, []
        self.removed, self.lock = [], threading.Lock()
        self.opens, self.doors = False, set()

    def check(self, assignment):
        if self.trouble is not None:
            raise self.trouble
        return Room(10_000)

    def turn(self, feed, facts):
        return facts.get("turn", 0)

    def mark(self, assignment, saved):
        return Mark(saved.id, saved.record.get("text", ""))

    def marks_there(self, assignment, feed):
        return {name: There(there, text) for there, (name, text) in self.held.items() if there[:1] != "!"}

    def find(self, assignment, saved, key):
        self.asked.append(saved.id)
        return self.keys.get(key)

    def put(self, assignment, saved, key, there):
        with self.lock:
            self.order.append(saved.id)
            if self.opens:
                assignment.places.set(_DOOR, "ajar")
                self.doors.add("ajar")
            self.happen(saved.id)
            for part in saved.parts:
                saved.read(part)
            new = f"{'copy of ' if there and assignment.conflict == Conflict.COPY else ''}{saved.id} again"
            assert key not in self.keys, "Restored twice."
            self.keys[key] = new
            self.held[new] = (saved.id, saved.record.get("text", ""))
            is_replaced = bool(there) and assignment.conflict == Conflict.REPLACE
            if is_replaced:
                del self.held[there.id]
            assignment.places.set(f"folder {saved.feed.id}", assignment.folder)
            self.happen(f"{saved.id} made")
            return Outcome(new, (Less.HEADERS,) if saved.facts.get("is_odd") else (), is_replaced)

    def finish(self, assignment):
        self.finished += 1
        self.happen("finish")
        if door := assignment.places.get(_DOOR):
            self.doors.discard(door)
            assignment.places.set(_DOOR, "")

    def happen(self, what):
        """Let happen what the script says next of it."""
        if steps := self.script.get(what):
            step = steps.pop(0)
            if isinstance(step, Exception):
                raise step
            step()


def full():
    return CannotBeRestored("There is no room left at Microsoft for it.", obstacle=Obstacle.NO_ROOM)


def refused():
    return CannotBeRestored("Microsoft refused it: Odd", obstacle=Obstacle.REFUSED, request_id="req-7")


def unclear():
    return OutcomeUnclear("The connection broke.")
