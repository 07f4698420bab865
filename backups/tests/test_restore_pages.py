"""The Restores tab, the plan without scripts, one restore and its report; who may, and what stands in the log."""

from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from backups.actions.restores import plan_restore, start_restore
from backups.models import Container, Restore, RestoreObject, Snapshot, VaultOrganization
from backups.tests.runs_made import HTMX, place
from conftest import sign_in_long_ago
from jobs.models import Job
from organizations.models import SourceApp
from organizations.permissions import permissions_of
from organizations.tests.factories import make_connection, make_item

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = [("ada", 200), ("ben", 200), ("otto", 200), ("cora", 403), ("pia", 404), ("rita", 404)]


@pytest.fixture
def tenant(acme, cast):
    roles = [one.name for one in permissions_of(SourceApp.Purpose.RESTORE)]
    return make_connection(acme, restore_consented_at=timezone.now(), restore_roles=roles)


@pytest.fixture
def eva(tenant):
    return make_item(tenant, "Eva Lindholm", is_chosen=True)


@pytest.fixture
def mail(eva):
    return Container.objects.create(
        organization=eva.organization, connection=eva.connection, item=eva, kind="MAIL", account="-/eva", objects_kept=3
    )


@pytest.fixture
def vault(acme):
    return VaultOrganization.objects.create(
        organization=acme.uuid, head_number=7, head_digest=b"-" * 32, created_at=timezone.now()
    )


@pytest.fixture
def restore(cast, eva, mail):
    """A restore that ended with trouble: one whole, one with less, one not at all, one that was there."""
    now = timezone.now()
    restore = Restore.objects.create(
        organization=eva.organization, connection=eva.connection, person=cast["ada"].user, requested_by="Ada Lindqvist",
        requested_at=now, what="Mail of Eva Lindholm", source=eva, target=eva, commit=7, folder="Restored 25 Oct 2026",
        state="PARTIAL", counted_at=now, started_at=now, ended_at=now, problem="One object did not come back.",
        objects_total=4, created=1, degraded=1, failed=1, skipped=1, bytes_total=4000, bytes_done=2000,
    )  # fmt: skip
    part = restore.parts.create(container=mail, position=0, state="PARTIAL", ended_at=now, objects_total=4)
    for name, state, more in (
        ("Hello", "CREATED", {}),
        ("=cmd|' /C calc'!A0", "DEGRADED", {"less": ["HEADERS"]}),
        ("Huge", "FAILED", {"problem": "Microsoft does not take anything as large.", "code": "TOO_LARGE",
                            "request_id": "1-2-3"}),
        ("Old", "SKIPPED", {}),
    ):  # fmt: skip
        RestoreObject.objects.create(
            part=part, object=uuid4(), commit=7, object_id=name, feed_key="f", folder="Inbox", name=name, size=1000,
            state=state, **more,
        )  # fmt: skip
    return restore


@pytest.mark.parametrize(("who", "status"), PEOPLE)
def test_who_may_see_restores(sign_in, acme, restore, who, status):
    browser = sign_in(who)

    for name, more in (
        ("restore_list", ()), ("restore_detail", (restore.uuid,)), ("restore_cancel", (restore.uuid,)),
        ("restore_report", (restore.uuid,)),
    ):  # fmt: skip
        assert browser.get(place(name, acme, *more)).status_code == status, name
    assert browser.get(place("restore_plan", acme) + f"?item={restore.source.uuid}").status_code == status
    recent = browser.get(place("restore_recent", acme), **HTMX)
    assert recent.status_code == status
    assert ("Mail of Eva Lindholm" in recent.content.decode()) == (status == 200)


def test_a_report_names_what_did_not_come_back_and_why(sign_in, acme, restore):
    ada = sign_in("ada")

    trouble = ada.get(place("restore_detail", acme, restore.uuid)).content.decode()
    everything = ada.get(place("restore_detail", acme, restore.uuid) + "?show=all").content.decode()
    lines = b"".join(ada.get(place("restore_report", acme, restore.uuid)).streaming_content).decode("utf-8-sig")

    assert "Microsoft does not take anything as large." in trouble
    assert "Some technical headers of the message" in trouble
    assert "1-2-3" in trouble
    assert "Already there" in everything
    assert len(lines.strip().splitlines()) == 5
    assert "'=cmd" in lines
    assert "\n=cmd" not in lines


def test_a_list_of_restores_asks_a_fixed_number_of_questions(
    sign_in, acme, restore, eva, django_assert_max_num_queries
):
    ada, now = sign_in("ada"), timezone.now()
    for number in range(60):
        Restore.objects.create(
            organization=acme, connection=eva.connection, requested_by="Ada", requested_at=now, what=f"Mail {number}",
            source=eva, target=eva, commit=7, state="DONE", counted_at=now, started_at=now, ended_at=now,
        )  # fmt: skip

    with django_assert_max_num_queries(16):
        page = ada.get(place("restore_list", acme))

    assert len(page.context["rows"]) == 50


def test_without_scripts_a_plan_is_counted_on_a_page_of_its_own(sign_in, acme, eva, mail, vault):
    ada = sign_in("ada")
    asked = {"item": eva.uuid, "kinds": mail.uuid, "to": "same", "place": "folder", "folder": "", "conflict": "SKIP"}

    page = ada.get(place("restore_plan", acme) + "?" + urlencode({"item": eva.uuid}))
    answer = ada.post(place("restore_plan", acme), asked)

    plan = Restore.objects.get()
    assert "Restore Eva Lindholm" in page.content.decode()
    assert answer.url == place("restore_detail", acme, plan.uuid)
    assert (plan.state, plan.conflict, plan.folder[:9]) == ("COUNTING", "SKIP", "Restored ")
    assert Job.objects.filter(kind="count_restore", subject_id=plan.pk).exists()
    assert AuditEntry.objects.filter(action="restore.planned").count() == 1
    assert "Counting against the live data" in ada.get(answer.url).content.decode()


@pytest.mark.parametrize("way", ["other", "replace", "folder"])
def test_who_signed_in_long_ago_confirms_before_others_get_it_or_live_data_is_replaced(
    sign_in, acme, tenant, eva, restore, way
):
    Restore.objects.filter(pk=restore.pk).update(
        state="READY", started_at=None, ended_at=None, conflict="REPLACE" if way == "replace" else "SKIP",
        target=make_item(tenant, "Nora New") if way == "other" else eva, requested_at=timezone.now(),
    )  # fmt: skip
    ada = sign_in("ada")
    sign_in_long_ago(ada)

    sent = ada.post(place("restore_start", acme, restore.uuid))

    restore.refresh_from_db()
    if way == "folder":
        assert (sent.url, restore.state) == (place("restore_detail", acme, restore.uuid), "QUEUED")
        return
    assert (sent.url, restore.state) == (place("restore_confirm", acme, restore.uuid), "READY")
    assert ada.get(sent.url).url.startswith("/confirm/")
    with_htmx = ada.post(place("restore_start", acme, restore.uuid), **HTMX)
    assert with_htmx.headers["HX-Redirect"] == sent.url

    back = sign_in("ada")
    assert back.get(sent.url).url == place("restore_detail", acme, restore.uuid)
    assert "Nothing was begun yet" in back.get(place("restore_detail", acme, restore.uuid)).content.decode()
    back.post(place("restore_start", acme, restore.uuid))
    restore.refresh_from_db()
    assert restore.state == "QUEUED"


def test_a_plan_that_goes_while_somebody_starts_it_leads_to_the_list(sign_in, acme, restore, monkeypatch):
    Restore.objects.filter(pk=restore.pk).update(state="READY", started_at=None, ended_at=None)

    def starting(**wanted):
        Restore.objects.filter(pk=restore.pk).delete()
        return start_restore(**wanted)

    monkeypatch.setattr("backups.views.restore_plans.start_restore", starting)
    answer = sign_in("ada").post(place("restore_start", acme, restore.uuid))

    assert answer.url == place("restore_list", acme)


def test_whoever_plans_to_replace_live_data_leaves_its_start_to_a_second_person(sign_in, acme, restore):
    Restore.objects.filter(pk=restore.pk).update(
        state="READY", started_at=None, ended_at=None, conflict="REPLACE", folder="", requested_at=timezone.now(),
        counted_at=timezone.now(), objects_total=4, created=0, degraded=0, failed=0, skipped=0,
    )  # fmt: skip
    RestoreObject.objects.filter(part__restore=restore).update(state="WAITING", there_id="live")
    ada, otto = sign_in("ada"), sign_in("otto")
    plan, start = (place(name, acme, restore.uuid) for name in ("restore_detail", "restore_start"))

    mine, theirs = (browser.get(plan).content.decode() for browser in (ada, otto))
    refused = ada.post(start, follow=True).content.decode()

    assert "4 live objects will be replaced" in mine
    assert "A second person must agree" in mine
    assert start not in mine.partition('id="forecast"')[2]
    assert start in theirs.partition('id="forecast"')[2]
    assert "Nothing was begun; the plan is kept for a day." in refused
    assert otto.post(start).url == plan
    assert Restore.objects.get().state == "QUEUED"
    started = AuditEntry.objects.get(action="restore.started")
    assert started.actor != AuditEntry.objects.filter(action="restore.planned").values_list("actor", flat=True).first()


def test_other_choices_give_up_the_plan_before_once_there_is_another(sign_in, acme, eva, mail, vault, monkeypatch):
    ada = sign_in("ada")
    asked = {"item": eva.uuid, "kinds": mail.uuid, "to": "same", "place": "folder", "conflict": "SKIP"}
    ada.post(place("restore_plan", acme), asked, **HTMX)
    before, seen = Restore.objects.get(), []

    def planning(**wanted):
        seen.append(Restore.objects.get().state)
        return plan_restore(**wanted)

    monkeypatch.setattr("backups.views.restore_plans.plan_restore", planning)
    ada.post(place("restore_plan", acme), asked | {"conflict": "COPY", "before": before.uuid}, **HTMX)

    before.refresh_from_db()
    assert (seen, before.state) == (["COUNTING"], "CANCELLED")
    assert Restore.objects.get(state="COUNTING").conflict == "COPY"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"to": "other", "whom": "nobody at all"}, "Say the address or the whole name"),
        ({"kinds": []}, "Choose what is to be restored."),
        ({"folder": "a/b"}, "Nothing was begun; choose another name."),
        ({"conflict": "REMOVE"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_planned(sign_in, acme, eva, mail, vault, changed, said):
    asked = {"item": eva.uuid, "kinds": mail.uuid, "to": "same", "place": "folder", "conflict": "SKIP"} | changed

    answer = sign_in("ada").post(place("restore_plan", acme), asked, **HTMX)

    assert said in answer.content.decode()
    assert not Restore.objects.exists()


def test_without_consent_to_write_the_dialog_says_so_and_leads_there(sign_in, acme, tenant, eva, mail, vault):
    tenant.restore_consented_at = None
    tenant.save()

    page = sign_in("ada").get(place("restore_plan", acme) + f"?item={eva.uuid}").content.decode()

    assert "Restores are not authorized yet" in page
    assert place("restore_plan", acme) in page
    assert "settings/connection/" in page


def test_a_snapshot_of_somebody_else_is_no_choice(sign_in, acme, bolt, eva, mail, vault):
    theirs = make_item(make_connection(bolt), "Lars")
    foreign = Snapshot.objects.create(organization=bolt, item=theirs, commit=1, taken_at=timezone.now())
    asked = {"item": eva.uuid, "kinds": mail.uuid, "to": "same", "place": "folder", "conflict": "SKIP"}

    answer = sign_in("ada").post(place("restore_plan", acme), asked | {"point": foreign.uuid}, **HTMX)

    assert "Select a valid choice" in answer.content.decode()
    assert not Restore.objects.exists()


def test_nothing_is_stopped_that_has_ended(sign_in, acme, restore):
    ada = sign_in("ada")

    for name in ("restore_pause", "restore_cancel"):
        ada.post(place(name, acme, restore.uuid))

    restore.refresh_from_db()
    assert restore.state == "PARTIAL"
    assert not AuditEntry.objects.filter(action__in=["restore.paused", "restore.cancelled"]).exists()
