"""Backups of OneDrives and sites, as people work in them: what is kept is what is there."""

import hashlib
import json
import tracemalloc
from datetime import timedelta

import pytest

from backups.models import Container, Failure
from backups.tests.backing_up import back_up, kept, protect
from backups.tests.connectors_drives import STRANGE, file_record
from backups.tests.looks import connected, look
from organizations.models import Item, Policy

pytestmark = pytest.mark.django_db(transaction=True)

FILM = 300 << 20


@pytest.fixture
def tenant(source, vault_store, acme):
    """Acme's tenant, of which the ordinary user's OneDrive and a site with a subsite are protected."""
    connection = connected(source, acme, size={"users": 2, "teams": 0, "sites": 2})
    Policy.objects.filter(organization=acme).update(mail=False, calendar=False, contacts=False, teams=False)
    look(connection)
    facts = source.control(f"/tenants/{connection.tenant_id}")
    assert protect(connection, facts["user_upn"]) == 1
    site = Item.objects.filter(connection=connection, kind="SITE", presence="PRESENT").order_by("name").first()
    Item.objects.filter(pk=site.pk).update(is_chosen=True, chosen_by="PERSON", skipped_as="")
    return connection


@pytest.fixture
def otto(tenant):
    return Item.objects.get(connection=tenant, is_chosen=True, kind="USER")


@pytest.fixture
def site(tenant):
    return Item.objects.get(connection=tenant, is_chosen=True, kind="SITE")


def _told(source, tenant, item):
    return source.drives(tenant.tenant_id, **{item.kind.lower(): item.remote_id})


def _container(item):
    return Container.objects.get(item=item)


def _mutate(source, tenant, whose, op, **facts):
    return source.mutate(tenant.tenant_id, {"op": op, whose.kind.lower(): whose.remote_id, **facts})[0]


def _differences(source, tenant, item):
    """Return every way in which what is kept of the files of an item differs from what is there."""
    prefixed, found = item.kind == "SITE", []
    objects, expected = kept(tenant, _container(item)), {}
    for drive in _told(source, tenant, item)["drives"]:
        if not drive["system"]:
            prefix = f"{drive['id']}/" if prefixed else ""
            expected |= {prefix + one["id"]: (one, prefix) for one in drive["items"]}
    files = {one: entry for one, entry in objects.items() if "parentReference" in entry[1] and "fields" not in entry[1]}
    files = {one: entry for one, entry in files.items() if "canvasLayout" not in entry[1]}
    found += [("lacks", one) for one in expected.keys() - files.keys()]
    found += [("has too much", one) for one in files.keys() - expected.keys()]
    for one in files.keys() & expected.keys():
        (note, record, parts), (truth, prefix) = files[one], expected[one]
        if note.parent != (prefix + truth["parent"] if truth["parent"] else ""):
            found.append(("lies elsewhere", one))
        if file_record(record)[::3] != (truth["name"], truth["permissions"]):
            found.append(("is named or shared otherwise", one))
        is_given = truth["kind"] == "file" and not truth["malware"]
        given = {"content": truth["sha256"]} if is_given else {}
        if {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()} != given:
            found.append(("has other bytes", truth["path"]))
    return found


def _fetched(source, since):
    return [call["path"] for call in source.log()[since:] if "/content" in call["path"]]


def test_a_onedrive_and_a_site_are_copied_whole_and_an_idle_run_fetches_nothing(source, tenant, otto, site, clock):
    first = back_up(tenant, clock)
    since = len(source.log())

    second = back_up(tenant, clock)

    assert first.items_done == first.items_total == 2
    assert _differences(source, tenant, otto) == _differences(source, tenant, site) == []
    refused = {(one.name, one.reason) for one in Failure.objects.filter(closed_at=None)}
    assert refused == {("Notebook", "NOT_A_FILE"), ("Invoice.pdf.exe", "MALWARE")}
    assert (second.added, second.changed, second.removed) == (0, 0, 0)
    assert _fetched(source, since) == []
    told, objects = _told(source, tenant, site), kept(tenant, _container(site))
    for page in told["pages"]:
        assert objects[f"{page['container']}/pages/{page['id']}"][1]["canvasLayout"] == page["canvas"]
    for one in (one for one in told["lists"] if not one["hidden"]):
        for row in one["items"]:
            fields = objects[f"{one['id']}/{row['id']}"][1]["fields"]
            assert fields | row["fields"] == fields


def test_what_is_refused_again_is_no_news(source, tenant, otto, clock):
    back_up(tenant, clock, item=otto)
    clock.forward(timedelta(days=1))

    run = back_up(tenant, clock, item=otto)

    assert (run.added, run.changed, run.removed, run.failed) == (0, 0, 0, 2)
    assert set(Failure.objects.filter(closed_at=None).values_list("tries", flat=True)) == {2}


def test_folders_are_followed_wherever_they_go(source, tenant, otto, clock):
    made = _mutate(source, tenant, otto, "create_items_folder", name="Plans")["id"]
    _mutate(source, tenant, otto, "create_items_folder", name="Within", parent="/Plans")
    inside = _mutate(source, tenant, otto, "create_file", parent="/Plans/Within", name="A.txt", text="a")["id"]
    back_up(tenant, clock, item=otto)
    since = len(source.log())

    _mutate(source, tenant, otto, "rename_item", item="/Plans", name="Plans of 2027")
    renamed = back_up(tenant, clock, item=otto)
    _mutate(source, tenant, otto, "move_item", item=made, to=STRANGE)
    moved = back_up(tenant, clock, item=otto)
    assert [(run.added, run.changed, run.removed) for run in (renamed, moved)] == [(0, 1, 0)] * 2
    assert _differences(source, tenant, otto) == []
    _mutate(source, tenant, otto, "delete_item", item=made)
    gone = back_up(tenant, clock, item=otto)

    assert (gone.added, gone.changed, gone.removed) == (0, 0, 3)
    assert _differences(source, tenant, otto) == []
    _mutate(source, tenant, otto, "restore_item", item=made)
    back_up(tenant, clock, item=otto)
    assert _differences(source, tenant, otto) == []
    assert kept(tenant, _container(otto))[inside][2] == {"content": b"a"}
    # Only what came back from the bin was read again.
    assert len(_fetched(source, since)) <= 2


def test_who_may_see_a_file_is_kept_and_its_bytes_are_not_fetched_for_that(source, tenant, otto, clock):
    file = _mutate(source, tenant, otto, "create_file", name="Pay.xlsx")["id"]
    back_up(tenant, clock, item=otto)
    since = len(source.log())

    _mutate(source, tenant, otto, "share_item", item=file, scope="anonymous", role="write")
    run = back_up(tenant, clock, item=otto)

    assert (run.added, run.changed, run.removed) == (0, 1, 0)
    assert _fetched(source, since) == []
    record = kept(tenant, _container(otto))[file][1]
    assert [one["link"]["scope"] for one in record["permissions"]] == ["anonymous"]
    assert json.dumps(record).count("inheritedFrom") == 0


def test_a_subsite_that_is_closed_for_a_while_is_not_taken_for_one_that_is_gone(source, tenant, site, clock):
    back_up(tenant, clock, item=site)
    below = _container(site).feeds.exclude(parent_key="").get(type="site")
    refused = {"status": 403, "body": {"error": {"code": "accessDenied", "message": "Access denied"}}}
    source.fault(refused, path=below.key.rpartition(",")[2] + "/")

    closed = back_up(tenant, clock, item=site)

    assert (closed.added, closed.changed, closed.removed, closed.failed) == (0, 0, 0, 1)
    assert Failure.objects.get(closed_at=None).reason == "ACCESS"
    assert not _container(site).feeds.exclude(gone_at=None).exists()
    source.heal()
    since = len(source.log())
    opened = back_up(tenant, clock, item=site)
    assert (opened.added, opened.changed, opened.removed, opened.failed) == (0, 0, 0, 0)
    assert _fetched(source, since) == []
    assert _differences(source, tenant, site) == []


def test_a_film_is_never_whole_in_memory(source, tenant, otto, clock):
    back_up(tenant, clock, item=otto)
    _mutate(source, tenant, otto, "create_file", name="Film of the year.mp4", size=FILM)
    tracemalloc.start()

    run = back_up(tenant, clock, item=otto)

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (run.added, run.bytes_read) == (1, FILM)
    # One pack of the vault and what it is sealed from, however long the film.
    assert most < FILM / 2
