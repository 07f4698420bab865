"""Every restorer keeps what it promises: nothing is lost, doubled, mailed to anybody or put over what is live."""

import functools
from collections import Counter
from datetime import timedelta

import pytest

from backups.connectors.base import CannotBeRestored, Obstacle, PermissionMissing, ProviderBusy
from backups.connectors.contract import Source
from backups.connectors.restoring import WORDS, Conflict, lying
from backups.tests.connector_contract import graph_of
from backups.tests.looks import Clock
from backups.tests.restorer_contract import key_of, load_restorables, put_back, put_surely
from backups.tests.restoring import assignment_of
from backups.tests.test_permissions_used import DATA, FREE, normal, published
from organizations.permissions import RESTORE

KINDS = load_restorables()
FOLDER = "Restored 22 Nov 2026"
# Answers that are lost although the work was done, and calls that fail before it; what they happen to.
LOST = ({"reset": True}, {"status": 503, "retry_after": "absent"}, {"status": 500}, {"reset": True})
WRITING = ("POST", "POST", "PUT", "PATCH")
LOCKED = {"error": {"code": "resourceLocked", "message": "It is open."}}
FULL = {"error": {"code": "insufficientStorage", "message": "There is no room left."}}
# Addresses of content and of uploads open by themselves, to whoever has one.
OUTSIDE = ("/sharepoint/", "/outlook/")


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request, microsoft):
    """One kind of data of an item in Acme Dental's tenant, which our app for restores may write."""
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    microsoft.consent(tenant, microsoft.apps["restore"].client_id)
    microsoft.consent(tenant, microsoft.apps["backup"].client_id)
    return request.param(microsoft, tenant)


@pytest.fixture
def reading(microsoft, kind):
    """Graph for the app that only reads."""
    with graph_of(microsoft, kind.tenant) as one:
        yield one


@pytest.fixture
def graph(microsoft, kind):
    """Graph for the app that writes; whoever sleeps lets time pass at Microsoft too."""
    with graph_of(microsoft, kind.tenant, "restore", clock=Clock(microsoft)) as one:
        yield one


@pytest.fixture
def saved(kind, reading):
    """Everything of the item, as it is at the beginning."""
    return kind.read(reading, kind.source)


@pytest.fixture
def restorer(kind, graph):
    return kind.restorer_class(graph)


@pytest.fixture
def ordered(kind, saved):
    """Makes the order of one restore of everything."""
    return lambda **choices: assignment_of(kind.source, saved, **(kind.choices | choices))


def test_everything_that_was_lost_comes_back_to_its_place(kind, reading, saved, restorer, ordered):
    kind.destroy()
    since = len(kind.simulator.log())

    result = put_back(restorer, ordered(folder=""))

    covered(kind.simulator.log()[since:])
    assert not result.failed
    assert len(result.outcomes) == len(saved.objects) > 1
    assert kind.rows(kind.read(reading, kind.source)) == kind.rows(saved)
    assert result.lacking <= set(restorer.may_lack) <= WORDS.keys()
    assert kind.mailed() == []
    assert kind.simulator.unknown_calls() == []


def test_answers_that_are_lost_make_nothing_twice_in_a_folder_beside_what_is_live(
    kind, reading, saved, restorer, ordered
):
    kind.destroy()
    live = kind.rows(kind.read(reading, kind.source))
    for number, trouble in enumerate(LOST):
        kind.simulator.fault(trouble, path="/graph/|/uploads/", method=WRITING[number], when={"every": 3 + number})

    result = put_back(restorer, ordered(folder=FOLDER))
    kind.simulator.heal()
    again = put_back(restorer, ordered(folder=FOLDER, key="another"))

    after = kind.read(reading, kind.source)
    assert not result.failed
    assert kind.rows(after, FOLDER) == kind.copied_rows(saved)
    assert kind.rows(after) == live
    assert kind.mailed() == []
    if kind.is_marked:
        assert (again.outcomes, len(again.skipped)) == ({}, len(saved.objects))


def test_another_one_gets_everything_beside_what_is_there(kind, reading, saved, restorer, ordered):
    before = kind.rows(kind.read(reading, kind.other))
    source = kind.rows(saved)

    result = put_back(restorer, ordered(folder="", target=kind.other, conflict=Conflict.COPY))

    assert not result.failed
    assert kind.rows(kind.read(reading, kind.other)) - before == source
    assert kind.rows(kind.read(reading, kind.source)) == source
    assert kind.mailed() == []


def test_what_is_there_is_left_alone_replaced_or_copied(kind, reading, saved, restorer, ordered):
    if not kind.is_marked:
        pytest.skip("Nothing of this kind is known by a mark.")
    victim = kind.victim(saved)
    rows, mark = kind.rows(saved), restorer.mark(ordered(folder=""), victim)
    kind.change(victim)
    live = kind.rows(kind.read(reading, kind.source))
    there = lying(restorer.marks_there(ordered(folder=""), victim.feed), mark)

    skipped = put_back(restorer, ordered(folder="", conflict=Conflict.SKIP))

    assert live != rows
    assert there.content != mark.content
    assert (skipped.outcomes, kind.rows(kind.read(reading, kind.source))) == ({}, live)
    if kind.replaces:
        order = ordered(folder="", conflict=Conflict.REPLACE)
        outcome = restorer.put(order, victim, key_of(order, victim), there)
        after = kind.rows(kind.read(reading, kind.source))
        assert outcome.replaced
        # Where the provider has a bin within reach, the old one lies there now.
        assert (rows - after, after & (live - rows)) == (Counter(), Counter())
        live = after
    if kind.copies:
        order = ordered(folder="", conflict=Conflict.COPY, key="again")
        restorer.put(order, victim, key_of(order, victim), there)
        after = kind.rows(kind.read(reading, kind.source))
        assert (live - after, sum(after.values())) == (Counter(), sum(live.values()) + 1)
    assert kind.mailed() == []


def test_what_cannot_be_done_is_said_and_what_was_done_is_found(kind, graph, saved, restorer, ordered):
    order, one = ordered(folder=FOLDER, conflict=Conflict.COPY), next(iter(saved.objects.values()))
    key = key_of(order, one)

    # Nothing was made yet; then a worker is killed after it made something; then somebody else looks for it.
    assert restorer.find(order, one, key) is None
    made = restorer.put(order, one, key, None)
    assert kind.restorer_class(graph).find(order, one, key) == made.id
    assert restorer.find(order, one, "another restore") is None

    # Somebody who is gone.
    with pytest.raises(CannotBeRestored) as problem:
        restorer.check(ordered(target=Source(kind.stranger, kind.source.kind)))
    assert problem.value.obstacle == Obstacle.TARGET_GONE
    restorer.check(order)

    # Locked, no room, a short pause, a long pause.
    for method in ("POST", "PUT"):
        kind.simulator.fault({"status": 423, "body": LOCKED}, path=kind.makes_path, method=method)
    with pytest.raises(CannotBeRestored) as problem:
        put_surely(restorer, ordered(folder=FOLDER, key="locked"), one)
    assert problem.value.obstacle == Obstacle.LOCKED
    kind.simulator.heal()
    for method in ("POST", "PUT"):
        kind.simulator.fault({"status": 507, "body": FULL}, path=kind.makes_path, method=method)
    with pytest.raises(CannotBeRestored) as problem:
        put_surely(restorer, ordered(folder=FOLDER, key="full"), one)
    assert problem.value.obstacle == Obstacle.NO_ROOM
    kind.simulator.heal()
    before = graph.http.clock()
    kind.simulator.fault({"status": 429, "retry_after": 7}, path=kind.makes_path, times=1)
    put_surely(restorer, ordered(folder=FOLDER, key="short"), one)
    assert graph.http.clock() - before >= timedelta(seconds=7)
    kind.simulator.fault({"status": 429, "retry_after": 900}, path=kind.makes_path)
    with pytest.raises(ProviderBusy):
        put_surely(restorer, ordered(folder=FOLDER, key="long"), one)


def test_without_the_permission_we_say_so(kind, microsoft, saved, ordered):
    app = microsoft.apps["restore"]
    roles = [role for role in app.roles if role not in kind.role.split()]
    microsoft.revoke(kind.tenant, app.client_id)
    microsoft.consent(kind.tenant, app.client_id, roles)

    with graph_of(microsoft, kind.tenant, "restore") as graph, pytest.raises(PermissionMissing):
        checked_and_put_back(kind.restorer_class(graph), ordered(conflict=Conflict.COPY))


def checked_and_put_back(restorer, order):
    restorer.check(order)
    put_back(restorer, order)


@functools.lru_cache
def _openers():
    return published()


def covered(log):
    """Every call is covered by a permission that the consent page of restores lists."""
    if not DATA.exists():
        return
    # Microsoft often lists only the least permission: whoever may write may read.
    asked_for = {name for one in RESTORE for name in (one.name, one.name.replace("ReadWrite", "Read"))}
    called = {(entry["method"], entry["template"]) for entry in log if not entry["template"].startswith(OUTSIDE)}
    for method, template in sorted(called - {("POST", one) for one in FREE} - read_by_backups(log)):
        openers = _openers().get((method, normal(template)))
        assert openers is None or openers & asked_for, f"{method} {template} needs one of {sorted(openers)}."


def read_by_backups(log):
    """What only the connector asks for when a test looks at the result is not the restorer's."""
    return {(entry["method"], entry["template"]) for entry in log if entry["template"].endswith(("/delta", "/$value"))}
