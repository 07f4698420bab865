"""Reports, Container backup status: a year of days, one report, its accounts, and the file of it."""

from calendar import monthrange
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import User
from backups.actions.reports import generate_report
from backups.models import Container, Report
from backups.tests.runs_made import HTMX, place, queries_of
from backups.tests.test_reports import save
from backups.views.report_calendar import first_day, month_drawing, year_drawing
from organizations.models import Item
from organizations.tests.factories import make_connection

PEOPLE = [("ada", 200), ("ben", 200), ("otto", 200), ("cora", 403), ("pia", 404), ("rita", 404)]


@pytest.fixture
def tenant(acme, cast):
    """Acme's tenant, with an account that is partial, one that is well, and a shared mailbox that is well."""
    connection, now = make_connection(acme), timezone.now()
    save(connection, "Lena Vogt", now=now, statuses=("PARTIAL", "SUCCESS", "SUCCESS", "SUCCESS"))
    Container.objects.filter(status="PARTIAL").update(problem="11 could not be saved; everything else is.")
    save(connection, "Amira Haddad", now=now)
    save(connection, "Reception", now=now, mailbox="SHARED")
    return connection


def take(acme, cast, at):
    return generate_report(organization=acme, actor=cast["ada"].user, now=at)


def test_who_may_take_see_and_download_a_report(sign_in, acme, cast, tenant):
    report = take(acme, cast, timezone.now() - timedelta(days=1))
    for who, status in PEOPLE:
        browser, number = sign_in(who), Report.objects.count()

        assert browser.get(place("report_list", acme)).status_code == status, who
        assert browser.get(place("report_export", acme, report.uuid)).status_code == status, who
        taken = browser.post(place("report_generate", acme))

        assert taken.status_code == (302 if status == 200 else status), who
        assert Report.objects.count() - number == (who == "ada"), who


def test_a_report_of_one_client_is_not_there_at_another(sign_in, acme, bolt, cast, tenant):
    report = take(acme, cast, timezone.now())

    for who in ("ada", "pia"):
        browser = sign_in(who)
        assert browser.get(place("report_list", bolt), {"report": report.uuid}).status_code == 404
        assert browser.get(place("report_export", bolt, report.uuid)).status_code == 404
        assert "No report of this day" in browser.get(place("report_list", bolt)).content.decode()


def test_a_click_on_the_dashboard_leads_to_the_new_report_and_a_second_one_to_the_same(sign_in, acme, tenant):
    otto = sign_in("otto")
    assert place("report_generate", acme) in otto.get(acme.get_absolute_url()).content.decode()

    first = otto.post(place("report_generate", acme))
    second = otto.post(place("report_generate", acme), follow=True)

    report = Report.objects.get()
    assert first.url == f"{place('report_list', acme)}?report={report.uuid}"
    page = second.content.decode()
    assert "less than a minute ago" in page
    for words in ("Lena Vogt", "11 could not be saved", "Reception", "by Otto Brandt, frozen", "badge-partial"):
        assert words in page, words


def test_a_report_stays_as_it_was_whatever_happens_afterwards(sign_in, acme, cast, tenant):
    report = take(acme, cast, timezone.now())
    Container.objects.update(status="FAILED", problem="Gone mad.")
    Item.objects.update(name="Somebody else")

    page = sign_in("ada").get(place("report_list", acme)).content.decode()

    assert report.status == "PARTIAL"
    assert "Amira Haddad" in page
    assert "Gone mad" not in page
    assert "Somebody else" not in page


def test_accounts_are_found_by_kind_status_and_name_and_only_the_table_is_swapped(sign_in, acme, cast, tenant):
    report = take(acme, cast, timezone.now())
    ada = sign_in("ada")

    def names(**query):
        page = ada.get(place("report_list", acme), {"report": report.uuid, **query}, **HTMX).content.decode()
        assert "One year" not in page
        return [name for name in ("Lena Vogt", "Amira Haddad", "Reception") if name in page]

    assert names() == ["Lena Vogt", "Amira Haddad", "Reception"]
    assert names(tab="USERS") == ["Lena Vogt", "Amira Haddad"]
    assert names(tab="USERS", status="PARTIAL") == ["Lena Vogt"]
    assert names(q="amira had") == ["Amira Haddad"]
    assert names(q="nobody") == []


def test_a_day_is_a_day_of_the_viewer_and_shows_its_last_report(sign_in, acme, cast, tenant):
    now = timezone.now()
    noon = datetime.combine(timezone.localdate(now) - timedelta(days=40), datetime.min.time(), ZoneInfo("UTC"))
    late = take(acme, cast, noon + timedelta(hours=23, minutes=30))
    User.objects.filter(pk=cast["ada"].user_id).update(time_zone="Asia/Tokyo")
    User.objects.filter(pk=cast["ben"].user_id).update(time_zone="UTC")
    ada, ben = sign_in("ada"), sign_in("ben")
    here, there = noon.date().isoformat(), (noon + timedelta(days=1)).date().isoformat()

    for browser, day, other in ((ada, there, here), (ben, here, there)):
        page = browser.get(place("report_list", acme), {"day": day}).content.decode()
        assert f"?day={day}" in page
        assert f"?day={other}" not in page
        assert str(late.uuid) in page
        assert "Lena Vogt" not in browser.get(place("report_list", acme), {"day": other}).content.decode()


def test_of_several_reports_of_a_day_each_can_be_chosen_and_the_last_one_colours_it(sign_in, acme, cast, tenant):
    day = timezone.now() - timedelta(days=3)
    User.objects.filter(pk=cast["ada"].user_id).update(time_zone="UTC")
    begin = day.replace(hour=6, minute=12)
    morning = take(acme, cast, begin)
    Container.objects.update(status="SUCCESS", last_tried_at=begin)
    evening = take(acme, cast, day.replace(hour=18, minute=12))
    ada = sign_in("ada")

    page = ada.get(place("report_list", acme), {"day": day.date().isoformat()}).content.decode()
    earlier = ada.get(place("report_list", acme), {"report": morning.uuid}).content.decode()

    assert (morning.status, evening.status) == ("PARTIAL", "SUCCESS")
    assert "Report of 18:12, Ada Lindqvist (2 that day)" in page
    assert 'class="calendar-success"' in page
    assert "11 could not be saved" in earlier
    assert "11 could not be saved" not in page


def test_the_file_tells_of_each_kind_of_each_account_and_holds_no_formula(sign_in, acme, cast, tenant):
    Item.objects.filter(name="Reception").update(name="=cmd()")
    report = take(acme, cast, timezone.now())

    answer = sign_in("ada").get(place("report_export", acme, report.uuid))

    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert answer["Content-Disposition"].endswith('Container backup status.csv"')
    assert len(lines) == 1 + 3 * 4
    assert lines[1].startswith("Users,Lena Vogt,")
    assert "Partial,Mail,Partial,11 could not be saved; everything else is.," in lines[1]
    assert "'=cmd()" in lines[-1]


def test_a_page_costs_the_same_queries_for_many_accounts_and_many_reports(sign_in, acme, cast, tenant):
    now, ada = timezone.now(), sign_in("ada")
    take(acme, cast, now - timedelta(days=5))
    few = queries_of(ada, place("report_list", acme))
    for number in range(60):
        save(tenant, f"Person {number:02}", now=now)
    for day in range(1, 4):
        take(acme, cast, now - timedelta(days=4) + timedelta(days=day))

    assert queries_of(ada, place("report_list", acme)) == few
    assert "1 to 25 of 63" in ada.get(place("report_list", acme)).content.decode()


def test_without_reports_and_with_odd_questions_the_page_says_so(sign_in, acme, cast):
    ada = sign_in("ada")
    assert "No report of this day" in ada.get(place("report_list", acme)).content.decode()
    odd = (
        {"day": "0001-01-01"}, {"day": "9999-12-31"}, {"day": "x"}, {"month": "9999-12"}, {"month": "0001-01"},
        {"q": "x" * 200}, {"tab": "NO", "status": "NO", "page": "-1"}, {"report": "1"},
    )  # fmt: skip
    for query in odd:
        assert ada.get(place("report_list", acme), query).status_code == 200, query
    assert ada.get(place("report_list", acme), {"report": uuid4()}).status_code == 404

    take(acme, cast, timezone.now())
    assert "No account was protected" in ada.get(place("report_list", acme)).content.decode()


def test_the_calendar_is_one_year_long_on_leap_days_too():
    for text in ("2026-11-17", "2028-02-29", "2029-02-28", "2026-01-01", "2027-12-31"):
        today = datetime.fromisoformat(text).date()
        drawn = year_drawing({today: "FAILED"}, today=today, picked=today)
        month = month_drawing({today: "FAILED"}, month=today.replace(day=1), today=today, picked=today)

        assert drawn.count("<title>") == 365
        assert drawn.count("<a ") == 1
        assert f'href="?day={text}"' in drawn
        assert (today - first_day(today)).days == 364
        assert f'<a class="calendar-failed calendar-today" href="?day={text}" aria-current="date">' in month
        assert month.count("<b>") == monthrange(today.year, today.month)[1]
