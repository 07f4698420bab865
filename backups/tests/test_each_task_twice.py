"""R10: any task done twice, by two workers at once or again later, leaves what it leaves when it is done once."""

import hashlib
from collections import Counter
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, models
from django.utils import timezone

import backups.tests.each_task  # noqa: F401 - it fills the register
from accounts.models import User
from backups.tests.crews import all_at_once
from backups.tests.nights import of_a_night
from backups.tests.task_world import SCENARIOS, World
from billing.tests.pretend_stripe import KEY, SECRET
from jobs import claims
from jobs.models import Job
from jobs.registry import kinds
from organizations.tests.factories import make_organization
from portal.demo_people import DEMO_PEOPLE

pytestmark = pytest.mark.django_db(transaction=True)

OURS = ("accounts", "backups", "billing", "news", "notifications", "organizations", "training")
# How often somebody tried, places in rows that several clients share, and how large and how late something is.
UNEQUAL = ("attempts", "deaths", "number", "length", "rank", "size", "bytes", "start", "blobs", "_id")

# Who looks again says so again.
SAID_AGAIN = {("accounts.AuditEntry", "discovery.completed")}


@pytest.fixture
def world(source, vault_store, northwind, cast, sign_in, server, receiver, settings):
    """Makes clients of equal make. Mails go to a real server, and so do webhooks."""
    settings.IS_DEVELOPMENT = True
    settings.SIMULATOR_URL = source.url
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET
    settings.STRIPE_API_BASE = settings.STRIPE_PAGES = f"{source.url}/stripe"
    User.objects.filter(pk=cast["ada"].user_id).update(email=DEMO_PEOPLE[0].email)
    ada = User.objects.get(pk=cast["ada"].user_id)

    def _world(name):
        world = World(source, make_organization(northwind, name), ada, cast["ben"], sign_in)
        world.mails, world.store, world.receiver = server.messages, vault_store, receiver
        return world

    return _world


def test_no_kind_of_job_is_left_out():
    assert set(SCENARIOS) == {kind for kind in kinds if not kind.startswith("test_")}


@pytest.mark.parametrize("trials", [1, pytest.param(of_a_night(10), marks=pytest.mark.soak, id="R10-night")])
@pytest.mark.parametrize("kind", sorted(SCENARIOS))
def test_what_is_done_twice_is_done_once(world, kind, trials):
    once = _changes(world("Client 0"), kind, workers=1)
    for trial in range(1, trials + 1):
        client = world(f"Client {trial}")
        twice = _changes(client, kind, workers=2)
        EXCUSED.get(kind, _is_equal)(once, twice)
        _again(client, kind)


def _changes(client, kind, *, workers):
    """Bring a scenario about, do its job to its end, and return what has changed, whatever it is called."""
    client.job = SCENARIOS[kind](client)
    rows, files, mails, outside = _rows(), _files(client), len(client.mails), client.outside()
    _do(client.job, workers)
    gone, new = rows - _rows(), _rows() - rows
    return {
        "new": new, "gone": gone, "files": _files(client) - files, "mails": len(client.mails) - mails,
        "outside": (outside, client.outside()),
    }  # fmt: skip


def _again(client, kind):
    """Let the message come again, and then the whole job, as if its end had been lost."""
    whole = _whole()
    for _ in range(2):
        assert claims.run(client.job.pk) is None
    assert _whole() == whole
    rows, files, mails, outside = _rows(), _files(client), len(client.mails), client.outside()
    Job.objects.filter(pk=client.job.pk).update(state="QUEUED", attempts=0, finished_at=None)
    _do(client.job, 1)
    new = Counter({row: count for row, count in (_rows() - rows).items() if row not in SAID_AGAIN})
    assert (rows - _rows(), new) == (Counter(), Counter())
    assert (_files(client), len(client.mails), client.outside()) == (files, mails, outside)


def _do(job, workers):
    while True:
        Job.objects.filter(pk=job.pk).update(not_before=timezone.now() - timedelta(seconds=1))
        all_at_once(workers, _take_and_do, [(job.pk, job.fence + 1)]) if workers > 1 else claims.run(job.pk)
        job.refresh_from_db()
        if job.state != Job.State.QUEUED:
            break
    assert job.state == Job.State.DONE, job.failure


def _take_and_do(job):
    """Do a job as a worker does it who thinks that whoever is at work already, under this fence, is dead."""
    pk, fence = job
    answer = claims.run(pk)
    rival = Job.objects.filter(pk=pk, state="RUNNING", fence=fence)
    if answer is None and rival.update(lease_until=timezone.now() - timedelta(seconds=1)):
        answer = claims.run(pk)
    return answer


def _rows():
    """Return how many rows there are of what looks: by figures, switches and states, not by ids, keys or moments."""
    found = Counter()
    for model in _models():
        names = [one.name for one in model._meta.concrete_fields if _is_plain(one)]
        rows = model.objects.values_list(*names) if names else [()] * model.objects.count()
        found.update((model._meta.label, *values) for values in rows)
    return found


def _models():
    # A partner has one chain, which the first client's job may have begun; blobs are as many as contents are equal.
    # Invoices of all partners are numbered in one series.
    others = ("accounts.AuditChain", "backups.VaultBlob", "billing.NumberRange")
    found = [one for app in OURS for one in apps.get_app_config(app).get_models()]
    return [one for one in found if one._meta.managed and one._meta.label not in others]


def _is_plain(field):
    if field.primary_key or field.is_relation or any(word in field.name for word in UNEQUAL):
        return False
    is_word = bool(field.choices) or field.name in ("action", "kind")
    return is_word or isinstance(field, models.BooleanField | models.IntegerField)


def _whole():
    """Return a digest of every row of every table of ours."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM \"{table}\" t"
            )
            digest.update(cursor.fetchone()[0].encode())
    return digest.hexdigest()


def _files(client):
    """Return how many files lie in each folder of the client's vault and of what was prepared for people."""
    found, own = Counter(), str(client.organization.uuid)
    for one in client.store.rglob("*"):
        parts = one.relative_to(client.store).parts
        if one.is_file() and own in parts:
            found["/".join(parts[: parts.index(own)] + parts[parts.index(own) + 1 :][:1])] += 1
    return found


def _is_equal(once, twice):
    counted = [name for name, value in once.items() if isinstance(value, Counter)]
    unequal = {name: (dict(once[name] - twice[name]), dict(twice[name] - once[name])) for name in counted}
    assert unequal == dict.fromkeys(counted, ({}, {}))
    assert twice == once


def _but_for_files_of_a_ghost(once, twice):
    """What a worker wrote to the store who could not commit it lies there until it is collected."""
    assert once["files"] - twice["files"] == Counter()
    once["files"] = twice["files"] = Counter()
    _is_equal(once, twice)


def _but_for_what_came_back_with_less(once, twice):
    """Which messages of a tenant come back with less differs from tenant to tenant."""
    for changes in (once, twice):
        plain = Counter()
        for row, count in changes["new"].items():
            is_object = row[0] == "backups.RestoreObject"
            plain[tuple("CREATED" if one == "DEGRADED" else one for one in row) if is_object else row[:2]] += count
        changes["new"] = plain
    _is_equal(once, twice)


def _but_for_given_up_parcels(once, twice):
    """Each attempt writes a parcel of its own. What one began who was taken over has ended, and is cleared away."""
    for changes in (once, twice):
        changes["files"] = Counter()
        changes["new"] = Counter({row: count for row, count in changes["new"].items() if row[:2] != _ENDED})
    _is_equal(once, twice)


def _but_for_a_mail_in_doubt(once, twice):
    """Nobody knows whether a mail arrived that another worker was handing over; it is never sent again."""
    words = {"SENT", "UNKNOWN"}
    states = {row[-1] for row in twice["new"] if row[0] == "notifications.OutgoingEmail"}
    assert states <= words
    assert (twice["mails"], twice["gone"]) == (once["mails"], once["gone"])


def _but_for_a_code_that_works_once(once, twice):
    """Who is taken over between redeeming a code and noting what it proved costs the administrator another consent."""
    states = {row[-1] for row in twice["new"] if row[0] == "organizations.Consent"}
    assert states in ({"PROVED"}, {"REFUSED"})
    if states == {"PROVED"}:
        _is_equal(once, twice)


def _but_for_who_is_left_out(once, twice):
    """Whom the demo leaves out depends on the ids that the simulator gives."""
    assert sum(twice["new"].values()) - sum(once["new"].values()) in (-1, 0, 1)


_ENDED = ("backups.Parcel", "ENDED")
EXCUSED = {
    "backup_item": _but_for_files_of_a_ghost,
    "execute_deletion": _but_for_files_of_a_ghost,
    "restore": _but_for_what_came_back_with_less,
    "export": _but_for_given_up_parcels,
    "deliver_email": _but_for_a_mail_in_doubt,
    "prove_consent": _but_for_a_code_that_works_once,
    "furnish_demo": _but_for_who_is_left_out,
}
