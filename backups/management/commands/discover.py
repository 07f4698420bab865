"""`manage.py discover`: look for accounts, sites and teams now, in this process."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import connection as database
from django.utils import timezone

from backups.engine.looks_by_hand import BeingLookedAt, request_look
from jobs import claims
from jobs.models import Job
from organizations.models import Connection, Organization

_WRONG_USE = 2


class Command(BaseCommand):
    help = (
        "Looks what the service of a client holds. Ends with 0 when everything was seen, with 1 when something stopped "
        "or has to wait, with 2 when there is nothing to look at."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("organization", nargs="?", help="client ID or UUID of an organization")
        parser.add_argument("--all", action="store_true", help="every connected organization")
        parser.add_argument("--full", action="store_true", help="list everything afresh instead of the changes")
        parser.add_argument(
            "--accept-shrinking",
            action="store_true",
            help="believe a listing also where it lacks much of what was there; what lacks is marked as gone",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *, organization: str | None, **options) -> None:
        connections = _connections(organization, options["all"])
        incomplete = 0
        for connection in connections:
            facts = self._look(connection, options)
            incomplete += not facts["complete"]
            self.stdout.write(json.dumps(facts) if options["json"] else _sentence(facts))
        if incomplete:
            raise CommandError(f"{incomplete} of {len(connections)} could not be looked at completely.", returncode=1)

    def _look(self, connection: Connection, options: dict) -> dict:
        began, problem = time.monotonic(), ""
        try:
            job = request_look(
                connection=connection,
                actor="Command line",
                now=timezone.now(),
                is_full=options["full"],
                accepts_shrinking=options["accept_shrinking"],
            )
        except BeingLookedAt as busy:
            problem, state = str(busy), None
        else:
            with _progress(connection, shows=sys.stderr.isatty() and not options["json"]):
                state = _run(job)
        connection.refresh_from_db()
        return {
            "organization": connection.organization.name,
            "client_id": connection.organization.client_id,
            "complete": state == Job.State.DONE and connection.discovery == Connection.Discovery.IDLE,
            "state": connection.discovery,
            "seen": connection.discovery_seen,
            "problem": problem or connection.discovery_problem or _wait_of(connection),
            "seconds": round(time.monotonic() - began, 1),
        }


def _connections(word: str | None, everything: bool) -> list[Connection]:
    connections = Connection.objects.in_use().select_related("organization").order_by("pk")
    if everything == bool(word):
        raise CommandError("Name one organization by its client ID or UUID, or say --all.", returncode=_WRONG_USE)
    if everything:
        return list(connections)
    organization = _organization(word)
    found = list(connections.filter(organization=organization))
    if not found:
        raise CommandError(f"{organization} is not connected to any service.", returncode=_WRONG_USE)
    return found


def _organization(word: str) -> Organization:
    try:
        found = Organization.objects.filter(uuid=UUID(word)).first()
    except ValueError:
        found = next((one for one in Organization.objects.matching(word) if one.client_id == word), None)
    if found is None:
        raise CommandError(f"There is no organization with the client ID or UUID {word!r}.", returncode=_WRONG_USE)
    return found


def _run(job: Job) -> Job.State | None:
    """Do the job slice by slice, and return the state it was left in; None where a worker has taken it."""
    while True:
        state = claims.run(job.pk)
        job.refresh_from_db()
        is_due = job.state == Job.State.QUEUED and job.not_before <= timezone.now()
        if state != Job.State.QUEUED or not is_due:
            return state


def _wait_of(connection: Connection) -> str:
    until = connection.discovery_continues_at
    return f"The provider asked for a pause until {until:%d %B %H:%M} UTC; a worker goes on then." if until else ""


def _sentence(facts: dict) -> str:
    ending = "" if facts["complete"] else f" {facts['state'].lower()}."
    words = f"{facts['organization']} ({facts['client_id']}): {facts['seen']:,} seen in {facts['seconds']} s.{ending}"
    return f"{words} {facts['problem']}".strip()


@contextmanager
def _progress(connection: Connection, *, shows: bool) -> Iterator[None]:
    """Keep one line on the terminal up to date while the work goes on."""
    if not shows:
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_keep_telling, args=(connection.pk, str(connection.organization), done))
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _keep_telling(connection_id: int, name: str, done: threading.Event) -> None:
    while not done.wait(0.5):
        seen = Connection.objects.filter(pk=connection_id).values_list("discovery_seen", flat=True).first()
        sys.stderr.write(f"\r{name}: {seen or 0:,} seen so far…")
        sys.stderr.flush()
    sys.stderr.write("\r\x1b[K")
    database.close()
