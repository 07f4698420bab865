"""Reports say what was true when they were taken, and never anything else afterwards."""

from collections import Counter
from datetime import timedelta
from itertools import combinations_with_replacement, product

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from backups.actions.reports import clear_reports, generate_report, request_due_reports
from backups.engine.failures import note_failure
from backups.engine.report_words import IN_PROGRESS, STALE_AFTER, Around, tell
from backups.engine.standing import status_of_item, status_of_organization
from backups.models import Container, Report, ReportRow, RunItem
from backups.tests.crews import all_at_once
from backups.tests.runs_made import make_run
from jobs import claims
from jobs.models import Job
from organizations.models import Connection, Item, Policy
from organizations.models.organization import BackupStatus
from organizations.tests.factories import make_connection, make_item

S, B = Container.Status, BackupStatus
KINDS = ("MAIL", "CALENDAR", "CONTACTS", "ONEDRIVE")


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def tenant(acme, cast):
    return make_connection(acme)


def save(tenant, name, *, now, statuses=("SUCCESS",) * 4, **fields):
    """Make an account that is protected, with a container of each kind in the status given for it."""
    item = make_item(tenant, name, is_chosen=True, last_good_at=now, **fields)
    for kind, status in zip(KINDS, statuses, strict=False):
        Container.objects.create(
            organization=item.organization, connection=tenant, item=item, kind=kind, account=f"{item.remote_id}/{kind}",
            status=status, completed_at=None if status in ("NEVER", "ONBOARDING") else now, last_tried_at=now,
            last_good_at=now, objects_kept=10, bytes_kept=1000,
        )  # fmt: skip
    return item


def take(acme, cast, now):
    return generate_report(organization=acme, actor=cast["ada"].user, now=now)


def test_an_account_stands_as_the_product_says_in_every_combination():
    for size in range(5):
        for statuses in combinations_with_replacement(S.values, size):
            for is_running in (False, True):
                real = [one for one in statuses if one != S.NOT_AVAILABLE]
                expected = (
                    B.NONE if not statuses
                    else B.SUCCESS if not real
                    else B.ONBOARDING if {S.NEVER, S.ONBOARDING} & set(real)
                    else B.FAILED if set(real) == {S.FAILED}
                    else B.PARTIAL if {S.FAILED, S.PARTIAL} & set(real)
                    else B.IN_PROGRESS if is_running
                    else B.SUCCESS
                )  # fmt: skip
                assert status_of_item(statuses, is_running=is_running) == expected, (statuses, is_running)


def test_an_organization_stands_as_the_product_says_in_every_combination():
    for size in range(5):
        for statuses in combinations_with_replacement([one for one in B if one != B.NONE], size):
            past = [one for one in statuses if one != B.ONBOARDING]
            expected = (
                B.NONE if not statuses
                else B.FAILED if past and set(past) == {B.FAILED}
                else B.PARTIAL if {B.FAILED, B.PARTIAL} & set(past)
                else B.IN_PROGRESS if B.IN_PROGRESS in past
                else B.ONBOARDING if B.ONBOARDING in statuses
                else B.SUCCESS
            )  # fmt: skip
            assert status_of_organization(Counter(statuses)) == expected, statuses


def test_green_is_true_whatever_hinders_a_container(now):
    ages = (timedelta(), STALE_AFTER + timedelta(seconds=1))
    for status, is_on, refusal, is_running, failures, age in product(
        S.values, (True, False), ("", "No."), (False, True), ({}, {"LOCKED": 2}), ages
    ):
        begun = None if status in (S.NEVER, S.ONBOARDING) else now
        container = Container(status=status, completed_at=begun, last_tried_at=now - age, kind="MAIL")

        told = tell(container, Around(is_on, refusal, is_running, failures), now=now)

        is_whole = status == S.SUCCESS and is_on and not refusal and not failures and not age
        assert (told.status in (S.SUCCESS, IN_PROGRESS)) == is_whole
        assert told.message or told.status == S.SUCCESS


def test_a_report_says_of_each_account_what_happened_and_what_to_do(acme, cast, tenant, now):
    lena = save(tenant, "Lena Vogt", now=now)
    note_failure(
        lena.containers.get(kind="MAIL"), object_id="AAMk0", reason="TOO_LARGE", message="Too large.", name="Scan",
        now=now,
    )  # fmt: skip
    save(tenant, "Amira Haddad", now=now)
    save(tenant, "Reception", now=now, mailbox="SHARED", statuses=("SUCCESS", "NEVER"))
    make_item(tenant, "Not Chosen")

    report = take(acme, cast, now)

    assert (report.status, report.accounts, report.requested_by) == ("PARTIAL", 3, "Ada Lindqvist")
    assert (report.objects_kept, report.bytes_kept, report.open_failures) == (100, 10_000, 1)
    assert report.counts == {"USERS": {"SUCCESS": 1, "PARTIAL": 1}, "SHARED_MAILBOXES": {"ONBOARDING": 1}}
    assert report.not_covered == {"USERS": 1}
    rows = list(report.rows.order_by("position"))
    assert [(row.name, row.status) for row in rows] == [
        ("Lena Vogt", "PARTIAL"), ("Amira Haddad", "SUCCESS"), ("Reception", "ONBOARDING"),
    ]  # fmt: skip
    assert rows[0].message == "Mail: 1 could not be saved; everything else is."
    assert rows[0].kinds[0]["advice"].startswith("1 too large for the provider’s interface. Make it smaller")
    assert [kind["status"] for kind in rows[2].kinds] == ["SUCCESS", "NEVER", "NEVER", "NEVER"]
    entry = AuditEntry.objects.get(action="report.generated")
    assert (entry.actor, entry.details) == ("Ada Lindqvist", {"status": "Partial", "accounts": 3})


def test_a_client_that_is_in_its_first_backup_is_onboarding_and_one_that_is_locked_out_is_not_green(
    acme, cast, tenant, now
):
    make_item(tenant, "Eva Lindholm", is_chosen=True)
    assert take(acme, cast, now).status == "ONBOARDING"

    Item.objects.all().delete()
    eva = save(tenant, "Eva Lindholm", now=now)
    RunItem.objects.create(run=make_run(tenant), item=eva)
    assert take(acme, cast, now + timedelta(hours=1)).status == "IN_PROGRESS"

    Connection.objects.update(state="ACCESS_LOST", problem="Consent was withdrawn.")
    lost = take(acme, cast, now + timedelta(hours=2))
    assert (lost.status, lost.rows.get().message) == ("FAILED", "Consent was withdrawn.")

    Connection.objects.update(state="CONNECTED", problem="")
    late = take(acme, cast, now + STALE_AFTER + timedelta(minutes=1))
    assert (late.status, late.rows.get().message[:15]) == ("FAILED", "No backup since")

    Policy.objects.filter(organization=acme).update(mail=False, calendar=False, contacts=False, onedrive=False)
    off = take(acme, cast, now + timedelta(days=3))
    assert off.rows.get().message.startswith("Nothing of it is saved")


def test_who_asks_twice_within_a_minute_gets_the_same_report(acme, cast, tenant, now):
    save(tenant, "Eva Lindholm", now=now)

    first = take(acme, cast, now)

    assert take(acme, cast, now + timedelta(seconds=59)) == first
    assert take(acme, cast, now + timedelta(seconds=60)) != first
    assert AuditEntry.objects.filter(action="report.generated").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_take_one_report(acme, cast, tenant, now):
    save(tenant, "Eva Lindholm", now=now)

    taken = all_at_once(3, lambda at: take(acme, cast, at).pk, [now, now])

    assert {pk for answers in taken for pk in answers} == {Report.objects.get().pk}
    assert AuditEntry.objects.filter(action="report.generated").count() == 1


def test_the_database_refuses_to_change_a_report_or_to_lose_it_before_its_year_is_over(acme, cast, tenant, now):
    save(tenant, "Eva Lindholm", now=now)
    old, report = take(acme, cast, now - timedelta(days=366)), take(acme, cast, now)

    changes = (
        lambda: Report.objects.filter(pk=report.pk).update(status="SUCCESS"),
        lambda: ReportRow.objects.filter(report=report).update(name="Nobody"),
        lambda: ReportRow.objects.filter(report=report).delete(),
        lambda: ReportRow.objects.filter(report=old).delete(),
        lambda: Report.objects.filter(pk=report.pk).delete(),
    )
    for change in changes:
        with pytest.raises(DatabaseError, match="A report|A row"):
            _commit(change)

    assert _commit(lambda: clear_reports(now)) == 1
    assert (list(Report.objects.all()), ReportRow.objects.get().report) == ([report], report)
    assert clear_reports(now) == 0


def test_the_schedule_takes_a_report_a_day_after_the_one_before_and_once(acme, bolt, cast, tenant, now):
    save(tenant, "Eva Lindholm", now=now)
    make_connection(bolt)

    assert (request_due_reports(now), request_due_reports(now)) == (1, 0)
    job = Job.objects.get(kind="freeze_report")
    assert claims.run(job.pk) == Job.State.DONE
    first = Report.objects.get()
    Job.objects.filter(pk=job.pk).update(state="QUEUED", attempts=0, finished_at=None)
    assert claims.run(job.pk) == Job.State.DONE

    assert (Report.objects.get(), first.trigger, first.organization) == (first, "SCHEDULE", acme)
    assert AuditEntry.objects.get(action="report.generated").actor == "Schedule"
    assert request_due_reports(first.generated_at + timedelta(hours=23, minutes=59)) == 0
    assert request_due_reports(first.generated_at + timedelta(hours=24)) == 1


def test_a_hundred_accounts_cost_no_more_queries_than_one(acme, cast, tenant, now):
    save(tenant, "Eva Lindholm", now=now)
    take(acme, cast, now - timedelta(hours=1))
    few = _queries(lambda: take(acme, cast, now))
    for number in range(30):
        save(tenant, f"Person {number}", now=now, statuses=("SUCCESS", "PARTIAL"))

    assert _queries(lambda: take(acme, cast, now + timedelta(hours=1))) == few


@transaction.atomic
def _commit(work):
    """Do something, and let what is judged at the commit be judged now."""
    done = work()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return done


def _queries(work):
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)
