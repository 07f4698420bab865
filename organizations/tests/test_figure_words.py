"""How figures and moments are said."""

from datetime import UTC, timedelta

import pytest
from django.utils import timezone

from organizations.views.figure_words import counted, moment_words, percent, since_words, size_words


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-5), "0 m"), (timedelta(minutes=52), "52 m"), (timedelta(minutes=60), "1 h"),
        (timedelta(hours=9, minutes=10), "9 h 10 m"), (timedelta(hours=5, minutes=4), "5 h 04 m"),
        (timedelta(hours=24), "24 h"), (timedelta(hours=41, minutes=59), "41 h"), (timedelta(hours=72), "3 d"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
    ],
)  # fmt: skip
def test_durations_are_short(noon, ago, words):
    assert since_words(noon.astimezone(UTC) - ago, noon) == words


def test_what_never_happened_is_never(noon):
    assert since_words(None, noon) == "Never"


def test_a_good_backup_keeps_its_age_on_the_day_the_clocks_go_back(noon):
    midnight = noon.replace(hour=0)

    assert since_words(midnight, noon) == "13 h"
    with timezone.override("Europe/Berlin"):
        assert moment_words(midnight, noon) == "today 00:00"
        assert moment_words(midnight.astimezone(UTC) - timedelta(minutes=1), noon) == "yesterday 23:59"
        assert moment_words(noon - timedelta(days=3), noon) == "22 Oct 12:00"
        assert moment_words(noon - timedelta(days=400), noon) == "20 Sep 2025"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 GB"), (1, "under 0.1 GB"), (300_000_000, "0.3 GB"), (80_540_000_000, "80.5 GB"),
        (412 * 10**9, "412 GB"), (999_600_000_000, "1.00 TB"), (1_940_000_000_000, "1.94 TB"),
        (19_200_000_000_000, "19.2 TB"), (1_204_000_000_000_000, "1,204 TB"),
    ],
)  # fmt: skip
def test_sizes_have_three_digits(size, words):
    assert size_words(size) == words


def test_all_is_all_and_nothing_less():
    assert (percent(45, 46), percent(46, 46), percent(999, 1000), percent(0, 0)) == (97, 100, 99, 0)
    assert (counted(1, "mailbox"), counted(2, "mailbox"), counted(1204, "site")) == (
        "1 mailbox", "2 mailboxes", "1,204 sites",
    )  # fmt: skip
