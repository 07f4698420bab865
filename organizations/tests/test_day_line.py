"""The line of the last fourteen days."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from organizations.models.organization import BackupStatus
from organizations.tests.factories import make_organization
from organizations.views.day_line import day_line

TODAY = date(2026, 10, 25)


@pytest.mark.parametrize(
    ("days", "until", "words"),
    [
        ("SSSSSSSSSSFFFF", TODAY, "10 success, 4 failed"),
        ("SSSSSSSSSSFFFF", TODAY - timedelta(days=2), "8 success, 4 failed, 2 no report"),
        ("SSSSSSSSSSFFFF", TODAY + timedelta(days=1), "1 no report, 10 success, 3 failed"),
        ("SSSSSSSSSSFFFF", TODAY - timedelta(days=99), "14 no report"),
        ("OOI", TODAY, "11 no report, 2 onboarding, 1 in progress"),
        ("SSSSSSSSSSS-PZ", TODAY, "11 success, 2 no report, 1 partial"),
        ("", None, "14 no report"),
    ],
)
def test_the_line_ends_today_wherever_the_viewer_is(days, until, words):
    drawn = day_line(days, until, TODAY)

    assert f'role="img" aria-label="Last 14 days: {words}"' in drawn
    assert drawn.count("<rect ") == 14


def test_the_line_shifts_with_the_viewers_day(sign_in, cast, northwind):
    today = timezone.localdate(timezone.now(), timezone=timezone.get_fixed_timezone(14 * 60))
    make_organization(northwind, "Umber", days="FSSSSSSSSSSSSS", days_until=today)
    ada = cast["ada"].user
    seen = {}
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        ada.time_zone = zone
        ada.save()
        page = sign_in("ada").get("/organizations/", {"q": "umber"}).content.decode()
        seen[zone] = re.search(r"Last 14 days: ([^\"]+)", page)[1]

    assert seen["Pacific/Kiritimati"] == "1 failed, 13 success"
    # 25 hours behind: the last letter, sometimes the last two, belong to days that have not begun there.
    assert re.fullmatch(r"[12] no report, 1 failed, 1[12] success", seen["Pacific/Pago_Pago"])


def test_every_status_has_a_letter_of_its_own():
    letters = [status.value[0] for status in BackupStatus]

    assert len(set(letters)) == len(letters)
