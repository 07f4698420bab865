"""Every connector keeps what it promises: nothing is left out, told twice as news, or sent to strangers."""

import functools
import itertools

import pytest

from backups.connectors.base import (
    CursorExpired,
    DamagedOnTheWay,
    ForeignAddress,
    NotThere,
    PermissionMissing,
    UnexpectedAnswer,
)
from backups.connectors.contract import Source, Upsert
from backups.tests.connector_contract import Copy, graph_of, load_subjects
from backups.tests.test_permissions_used import ASKED_FOR, DATA, FREE, normal, published

KINDS = load_subjects()
# Feeds that misbehave within the rules, all at once.
MOODS = {"seed": 5, "short": 0.4, "empty": 0.3, "duplicates": 0.5, "replays": 0.5, "shuffle": True}
# What the way there does to requests; all of it passes.
TROUBLE = ({"reset": True}, {"status": 503}, {"truncate": True}, {"status": 500}, {"status": 404, "body": ""})
DAYS = 2
# Addresses of content open by themselves, to whoever has one.
BY_ITSELF = ("GET", "/sharepoint/content")


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request, microsoft):
    """One kind of data of an item in Acme Dental's tenant, which our app may read."""
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    microsoft.consent(tenant, microsoft.apps["backup"].client_id)
    return request.param(microsoft, tenant)


@pytest.fixture
def graph(microsoft, kind):
    with graph_of(microsoft, kind.tenant) as one:
        yield one


@pytest.fixture
def copy(kind, graph):
    """An empty backup of the item."""
    return Copy(kind.connector_class(graph), kind.source, kind.compared)


def test_the_first_pass_holds_everything_that_is_there(kind, copy):
    copy.pass_over()

    assert copy.truth() == kind.truth()
    assert kind.simulator.unknown_calls() == []


def test_a_parent_comes_before_its_children_and_nothing_comes_twice(copy):
    feeds = list(copy.connector.feeds(copy.source))

    ids = [feed.id for feed in feeds]
    assert feeds
    assert len(set(ids)) == len(ids)
    assert all(not feed.parent or feed.parent in ids[: ids.index(feed.id)] for feed in feeds)


def test_a_pass_without_news_fetches_nothing(copy):
    copy.pass_over()

    copy.pass_over()

    assert (copy.completed, copy.opened) == (0, 0)


def test_listing_everything_again_fetches_nothing(kind, copy):
    copy.pass_over()
    copy.cursors.clear()

    copy.pass_over()

    assert (copy.completed, copy.opened) == (0, 0)
    assert copy.truth() == kind.truth()


def test_whatever_happens_is_told(kind, copy):
    copy.pass_over()
    for mutation in kind.mutations:
        before = copy.truth()
        getattr(kind, mutation)()

        copy.pass_over()

        assert copy.truth() == kind.truth(), mutation
        assert copy.truth() != before or copy.completed, mutation


def test_pages_that_are_short_empty_doubled_shuffled_or_old_change_nothing(kind, copy):
    kind.simulator.moods(kind.tenant, **MOODS)
    copy.pass_over()
    first = copy.truth()

    for mutation in kind.mutations:
        getattr(kind, mutation)()
        copy.pass_over()

    assert len(first) > 1
    assert copy.truth() == kind.truth()


def test_working_days_are_followed_whatever_happens_on_the_way(kind, copy):
    kind.simulator.moods(kind.tenant, **MOODS)
    for number, trouble in enumerate(TROUBLE):
        kind.simulator.fault(trouble, path="/graph/", when={"probability": 0.05, "seed": number})

    for _ in range(DAYS):
        copy.pass_over()
        kind.simulator.day(kind.tenant)
    copy.pass_over()

    assert copy.truth() == kind.truth()


def test_a_pass_goes_on_at_each_of_its_checkpoints(kind, copy):
    kind.simulator.moods(kind.tenant, seed=3, short=0.9)
    copy.pass_over()
    feed = max(copy.connector.feeds(copy.source), key=lambda feed: _amount(copy, feed))
    told = list(copy.connector.changes(copy.source, feed, ""))

    everything = {change.id for change in told if isinstance(change, Upsert)}
    checkpoints = [number for number, change in enumerate(told) if getattr(change, "cursor", "")]
    for number in {*checkpoints[:2], *checkpoints[-3:-1]}:
        after = copy.connector.changes(copy.source, feed, told[number].cursor)
        seen = {change.id for change in (*told[:number], *after) if isinstance(change, Upsert)}
        assert seen == everything


def test_a_cursor_that_the_provider_forgot_makes_us_list_again_and_fetch_nothing(kind, copy):
    if not kind.forgets:
        pytest.skip("No feed of this kind keeps a cursor.")
    copy.pass_over()
    kind.forget()
    feed = max(copy.connector.feeds(copy.source), key=lambda feed: _amount(copy, feed))

    with pytest.raises(CursorExpired):
        list(copy.connector.changes(copy.source, feed, copy.cursors[feed.id]))
    copy.pass_over()

    assert (copy.completed, copy.opened) == (0, 0)
    assert copy.truth() == kind.truth()


def test_a_link_to_a_stranger_is_not_followed(kind, copy):
    kind.simulator.fault({"foreign_nextlink": True}, path=kind.changes_path)

    with pytest.raises(ForeignAddress):
        copy.pass_over()

    counters = kind.simulator.counters()
    assert (counters["foreign_requests"], counters["foreign_authorizations"]) == (0, 0)


def test_pages_in_a_circle_come_to_an_end(kind, copy):
    kind.simulator.fault({"nextlink_loop": True}, path=kind.changes_path)

    with pytest.raises(UnexpectedAnswer):
        copy.pass_over()


def test_what_is_new_at_the_provider_is_kept(kind, copy):
    kind.simulator.fault({"unknown_property": True}, path="/graph/")

    copy.pass_over()

    assert copy.objects
    assert all("newInTheFuture" in kept.found.record for kept in copy.objects.values())


def test_a_broken_entry_harms_nobody_else(kind, copy):
    copy.pass_over()
    kept = next(iter(copy.objects.values()))
    feed = next(feed for feed in copy.connector.feeds(copy.source) if feed.id == kept.feed)
    nonsense = itertools.cycle([7, {"a": [None]}, [7, {"b": None}], "", None, "a\x00b", True, "9999-99-99"])
    strange = dict(zip(kept.found.record, nonsense, strict=False)) | {"id": "strange"}
    entries = [None, 7, "text", [], {}, {"id": None}, {"id": 5}, {"id": ""}, {"id": "x" * 9000}, strange]
    body = {"value": entries, "@odata.deltaLink": f"{kind.simulator.graph_url}/v1.0/made-up"}
    kind.simulator.fault({"status": 200, "body": body}, path=kind.changes_path)

    told = list(copy.connector.changes(copy.source, feed, ""))

    assert [change.id for change in told if isinstance(change, Upsert)] == [kind.known_as(feed.id, "strange")]


def test_without_the_permission_we_say_so(kind, microsoft):
    roles = [role for role in microsoft.apps["backup"].roles if role not in kind.role.split()]
    microsoft.revoke(kind.tenant, microsoft.apps["backup"].client_id)
    microsoft.consent(kind.tenant, microsoft.apps["backup"].client_id, roles)

    with graph_of(microsoft, kind.tenant) as graph, pytest.raises(PermissionMissing):
        Copy(kind.connector_class(graph), kind.source).pass_over()


def test_bytes_that_break_off_are_gone_on_with(kind, copy):
    kind.simulator.fault({"truncate": True}, path=kind.content_path, when={"every": 2})

    copy.pass_over()

    assert copy.truth() == kind.truth()


def test_damaged_bytes_are_not_taken(kind, copy):
    if not kind.is_verified:
        pytest.skip("The provider tells no hash of these.")
    kind.simulator.fault({"flip": True}, path=kind.content_path)

    with pytest.raises(DamagedOnTheWay):
        copy.pass_over()


def test_a_single_look_tells_what_the_feed_tells(copy):
    copy.pass_over()
    feeds = {feed.id: feed for feed in copy.connector.feeds(copy.source)}

    for key, kept in copy.objects.items():
        seen = copy.connector.look(copy.source, feeds[kept.feed], key)
        whole = copy.connector.complete(copy.source, feeds[kept.feed], seen)
        assert (whole.tag, whole.record, whole.facts, whole.parts, whole.parent) == (
            kept.found.tag, kept.found.record, kept.found.facts, kept.found.parts, kept.found.parent,
        )  # fmt: skip


def test_facts_are_there_for_everything(copy):
    copy.pass_over()

    for kept in copy.objects.values():
        facts = kept.found.facts
        assert isinstance(facts["name"], str)
        assert facts["modified_at"] == "" or facts["modified_at"].endswith("Z")
        assert all(len(value) <= 400 for value in facts.values() if isinstance(value, str))


def test_an_item_without_such_data_is_said_to_have_none(kind, copy):
    for source in (kind.without(), Source(kind.stranger, copy.source.kind)):
        with pytest.raises(NotThere):
            list(copy.connector.feeds(source))


def test_an_object_that_is_gone_is_said_to_be_gone(kind, copy):
    copy.pass_over()
    feeds = {feed.id: feed for feed in copy.connector.feeds(copy.source)}
    kind.deleted()
    gone = copy.objects.keys() - kind.truth().keys()
    if not gone:
        pytest.skip("What is deleted stays as something that was deleted.")

    for key in gone:
        with pytest.raises(NotThere):
            copy.connector.look(copy.source, feeds[copy.objects[key].feed], key)


@functools.lru_cache
def _openers():
    return published()


@pytest.mark.skipif(not DATA.exists(), reason="Microsoft's published permissions are not here.")
def test_every_call_is_covered_by_a_permission_that_the_consent_page_lists(kind, copy):
    copy.pass_over()
    for mutation in kind.mutations:
        getattr(kind, mutation)()
    copy.pass_over()

    called = {(entry["method"], entry["template"]) for entry in kind.simulator.log()}
    called -= {BY_ITSELF, *(("POST", one) for one in FREE)}

    for method, template in sorted(called):
        path = normal(template).removesuffix("/$value")
        openers = next((found for found in (_openers().get((method, one)) for one in _above(path)) if found), None)
        assert openers, f"Microsoft lists no permission for {method} {template}."
        assert openers & ASKED_FOR, f"{method} {template} needs one of {sorted(openers)}."


def _above(path):
    # Bytes and single attachments are opened by what opens the list they are in.
    yield path
    if path.endswith("/attachments/{}"):
        yield path.removesuffix("/{}")


def _amount(copy, feed):
    return sum(kept.feed == feed.id for kept in copy.objects.values())
