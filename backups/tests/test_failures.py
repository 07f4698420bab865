"""What could not be saved: listed with its reason, excluded and included again, tried at once, handed out as a file."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from backups.actions.failures import exclude_failures, include_failures
from backups.engine.failures import close_failures, note_failure
from backups.models import Container, Failure, Run
from backups.tests.runs_made import place
from organizations.models import Item, Organization
from organizations.tests.factories import make_connection, make_item

PEOPLE = [("ada", 200), ("ben", 200), ("otto", 200), ("cora", 403), ("pia", 404), ("rita", 404)]


@pytest.fixture
def tenant(acme, cast):
    return make_connection(acme)


@pytest.fixture
def mail(tenant):
    eva, now = make_item(tenant, "Eva Lindholm", is_chosen=True), timezone.now()
    return Container.objects.create(
        organization=eva.organization, connection=tenant, item=eva, kind="MAIL", account="-/eva", status="PARTIAL",
        problem="2 could not be saved; everything else is.", completed_at=now, last_tried_at=now,
    )  # fmt: skip


@pytest.fixture
def failures(mail):
    return [
        note_failure(
            mail, object_id=f"AAMk{number}", reason="TOO_LARGE", message="The object is larger than can be fetched.",
            name=name, request_id="77-88", now=timezone.now(),
        )
        for number, name in enumerate(("Scan 0412", "=cmd()"))
    ]  # fmt: skip


@pytest.mark.parametrize(("who", "status"), PEOPLE)
def test_who_may_see_what_fails(sign_in, acme, failures, who, status):
    browser = sign_in(who)

    assert browser.get(place("failure_list", acme)).status_code == status
    assert browser.get(place("failure_export", acme)).status_code == status
    changed = browser.post(place("failure_change", acme), {"failure": failures[0].uuid, "do": "exclude"})
    assert changed.status_code == (302 if status == 200 else status)
    assert Failure.objects.exclude(excluded_at=None).count() == (status == 200)


def test_the_list_says_what_why_and_when_again(sign_in, acme, failures):
    page = sign_in("ada").get(place("failure_list", acme)).content.decode()

    for words in ("Scan 0412", "Microsoft 365: too large", "Eva Lindholm / Mail", "AAMk0", "77-88", "Next after"):
        assert words in page, words


def test_what_is_excluded_makes_no_account_partial_and_what_is_included_does(cast, acme, mail, failures):
    ada, now = cast["ada"].user, timezone.now()

    exclude_failures(organization=acme, failures=failures[:1], actor=ada, now=now)
    assert _standing(mail) == ("PARTIAL", "PARTIAL", "PARTIAL")
    exclude_failures(organization=acme, failures=failures, actor=ada, now=now)
    assert _standing(mail) == ("SUCCESS", "SUCCESS", "SUCCESS")
    include_failures(organization=acme, failures=failures[1:], actor=ada, now=now)
    assert _standing(mail) == ("PARTIAL", "PARTIAL", "PARTIAL")

    told = list(
        AuditEntry.objects.filter(action__startswith="failure.").order_by("number").values_list("action", "details")
    )
    assert [action for action, _ in told] == ["failure.excluded", "failure.excluded", "failure.included"]
    assert told[1][1] == {"what": "“=cmd()”"}


def test_an_excluded_failure_is_tried_again_and_closes_itself(cast, acme, mail, failures):
    exclude_failures(organization=acme, failures=failures, actor=cast["ada"].user, now=timezone.now())

    again = note_failure(
        mail, object_id="AAMk0", reason="TOO_LARGE", message="Still.", name="Scan 0412", now=timezone.now()
    )
    close_failures(mail, ["AAMk1"], now=timezone.now())

    assert (again.pk, again.tries) == (failures[0].pk, 2)
    assert again.excluded_at is not None
    assert Failure.objects.get(pk=failures[1].pk).closed_as == Failure.Ending.SAVED


def test_the_failures_of_another_client_cannot_be_excluded(sign_in, acme, bolt, failures):
    theirs = make_item(make_connection(bolt), "Lars")
    container = Container.objects.create(
        organization=bolt, connection=theirs.connection, item=theirs, kind="MAIL", account="-/lars"
    )
    foreign = note_failure(container, object_id="1", reason="ODD", message="Odd.", now=timezone.now())

    for uuid in (foreign.uuid, uuid4()):
        sign_in("ada").post(place("failure_change", acme), {"failure": uuid, "do": "exclude"})

    assert not Failure.objects.exclude(excluded_at=None).exists()


def test_trying_again_begins_a_backup_of_each_account_once(sign_in, acme, mail, failures):
    Failure.objects.update(next_try_at=timezone.now() + timedelta(days=1))
    chosen = {"failure": [one.uuid for one in failures], "do": "retry"}

    sign_in("ada").post(place("failure_change", acme), chosen)

    assert Run.objects.get().item == mail.item
    assert not Failure.objects.filter(next_try_at__gt=timezone.now()).exists()


def test_a_file_of_failures_has_the_documented_columns_and_no_formula(sign_in, acme, failures):
    answer = sign_in("ada").get(place("failure_export", acme))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()

    assert lines[0].startswith("Object title,Object path,Account,Object ID,Backup status,Issue title")
    assert len(lines) == 3
    assert not [line for line in lines if line.startswith("=")]
    assert "Object backup status.csv" in answer["Content-Disposition"]


def test_ten_thousand_failures_are_listed_with_as_many_questions_as_two(
    sign_in, acme, mail, failures, django_assert_max_num_queries
):
    now, ada = timezone.now(), sign_in("ada")
    Failure.objects.bulk_create(
        Failure(
            organization=acme, container=mail, object_id=f"many {number}", name=f"Object {number}", reason="ODD",
            message="Odd.", first_seen_at=now, last_seen_at=now,
        )
        for number in range(10_000)
    )  # fmt: skip

    with django_assert_max_num_queries(18):
        page = ada.get(place("failure_list", acme))

    assert len(page.context["rows"]) == 50
    assert page.context["failing"] == 10_002


def _standing(container):
    row = Container.objects.get(pk=container.pk)
    item, organization = Item.objects.get(pk=row.item_id), Organization.objects.get(pk=row.organization_id)
    return row.status, item.backup_status, organization.backup_status
