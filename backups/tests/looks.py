"""Looking at a simulated tenant in a test, and comparing what was found with what is really there."""

import threading
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from backups.engine.discovery import discover
from jobs import claims
from jobs.models import Job
from jobs.requests import request_job
from organizations.models import Connection, Group, Item
from organizations.tests.factories import make_connection

TINY = {"size": "tiny", "seed": "teeth"}
SMALL_PAGE = 7
_MAILBOX = {"user": "USER", "shared": "SHARED", "room": "ROOM", "equipment": "EQUIPMENT", "": "NONE"}
_PRESENCE = {"live": "PRESENT", "deleted": "DELETED", "purged": "GONE"}


class Clock:
    """A clock that goes like the real one, moved forward, together with the simulator's, by what somebody sleeps."""

    def __init__(self, source):
        self.source, self.ahead, self.slept, self.moving = source, timedelta(), [], threading.Lock()

    def __call__(self):
        return timezone.now() + self.ahead

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.forward(timedelta(seconds=seconds))

    def forward(self, time):
        # The simulator first: whoever reads this clock meanwhile shall not be early there.
        with self.moving:
            self.source.advance(time.total_seconds())
            self.ahead += time


def connected(source, organization, *, roles=None, **tenant):
    """Make a tenant, consent to our app there, and connect it to ``organization``."""
    facts = source.add_tenant(organization.name, **(TINY | tenant))
    source.consent(facts, source.apps["backup"].client_id, roles)
    return make_connection(organization, facts["id"], domains=[facts["domain"]])


def take(connection, kind="discover"):
    """Ask for a job about ``connection`` unless one is open, and claim it as a worker does."""
    key = f"{kind}:{connection.pk}"
    request_job(kind, subject_id=connection.pk, at=timezone.now(), key=key)
    job = Job.objects.get(key=key, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    Job.objects.filter(pk=job.pk).update(
        not_before=F("requested_at"), lease_until=None, state=Job.State.QUEUED, attempts=0
    )
    return claims.claim(job.pk)


def look(connection, *, clock=timezone.now, claim=None, **options):
    """Look once, to the end of the slice, in small pages; return the connection as it stands then."""
    options["page_size"] = SMALL_PAGE
    if isinstance(clock, Clock):
        options["sleep"] = clock.sleep
    discover(connection.pk, claim or take(connection), clock=clock, **options)
    return Connection.objects.select_related("organization").get(pk=connection.pk)


def person(source, connection, kind="member", **facts):
    """Return somebody of the tenant, as the ground truth names them."""
    wanted = {"kind": kind, "state": "live"} | facts
    users = source.manifest(connection.tenant_id)["users"]
    return next(user for user in users if all(user[name] == value for name, value in wanted.items()))


def state_of(claim):
    return Job.objects.get(pk=claim.job_id).state


def differences(source, connection):
    """Return every way in which what we know of a tenant differs from what is there; nothing, one hopes."""
    truth = source.manifest(connection.tenant_id)
    return [*_users(truth, connection), *_groups(truth, connection), *_sites(truth, connection)]


def _users(truth, connection):
    ours = {item.remote_id: item for item in Item.objects.filter(connection=connection, kind="USER")}
    for user in truth["users"]:
        item = ours.pop(user["id"], None)
        if item is None:
            if user["state"] == "live":
                yield "unknown", user
        elif user["state"] != "live":
            if item.presence != _PRESENCE[user["state"]]:
                yield "presence", item.presence, user
        else:
            yield from _user(item, user)
    yield from (("doubled or invented", str(item)) for item in ours.values())


def _user(item, user):
    expected = {
        "presence": "PRESENT",
        "name": user["display_name"],
        "address": user["mail"] or user["upn"],
        "is_external": user["guest"],
        "is_enabled": user["enabled"],
        "has_mail_plan": user["licensed"],
        "mailbox": _MAILBOX[user["purpose"]],
    }
    for name, value in expected.items():
        if getattr(item, name) != value:
            yield name, getattr(item, name), value, user


def _groups(truth, connection):
    groups = {group.remote_id: group for group in Group.objects.filter(connection=connection)}
    teams = {item.remote_id: item for item in Item.objects.filter(connection=connection, kind="TEAM")}
    for group in truth["groups"]:
        ours, team = groups.pop(group["id"], None), teams.pop(group["id"], None)
        is_there = group["state"] == "live"
        if is_there and (ours is None or ours.is_gone or ours.name != group["display_name"]):
            yield "group", ours, group
        if not is_there and ours is not None and not ours.is_gone:
            yield "group is not gone", group
        if group["team"] and (team is not None or is_there):
            presence = team.presence if team else "unknown"
            if presence != _PRESENCE[group["state"]]:
                yield "team", presence, group
    yield from (("invented", str(one)) for one in [*groups.values(), *teams.values()])


def _sites(truth, connection):
    ours = {item.remote_id: item for item in Item.objects.filter(connection=connection, kind="SITE")}
    for site in truth["sites"]:
        item = ours.pop(site["id"], None)
        if site["personal"]:
            if item is not None:
                yield "OneDrive among the sites", site
        elif site["state"] == "live":
            if item is None or item.presence != "PRESENT" or item.name != site["display_name"]:
                yield "site", item, site
        elif item is not None and item.presence == "PRESENT":
            yield "site is not gone", site
    yield from (("invented", str(item)) for item in ours.values())
