"""When a backup will end, reckoned from what it did or from the one before, and how it is said."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from backups.models import Run
from backups.views.run_progress import reckon
from backups.views.run_rows import bytes_words, span_words

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("minutes", "done", "total", "previous", "ends", "how"),
    [
        (None, 0, 0, None, None, "It starts as soon as a worker is free."),
        (5, 0, 40, None, None, "Not known yet: the first accounts are being read."),
        (5, 2, 40, None, None, "Not known yet: the first accounts are being read."),
        # What it did itself says more than what the one before did.
        (10, 10, 40, AN_HOUR, 30, "Reckoned from this run: 10 of 40 accounts took 10 m."),
        (10, 3, 4, None, 10 / 3, "Reckoned from this run: 3 of 4 accounts took 10 m."),
        (10, 1, 2, None, 10, "Reckoned from this run: 1 of 2 accounts took 10 m."),
        (10, 40, 40, None, 0, "Reckoned from this run: 40 of 40 accounts took 10 m."),
        (10, 2, 40, AN_HOUR, 50, "The last one took 1 h 00 m."),
        # It takes longer than the one before: that one says nothing any more.
        (61, 2, 40, AN_HOUR, None, "Not known yet: the first accounts are being read."),
    ],
)
def test_when_a_backup_will_end(minutes, done, total, previous, ends, how):
    began = NOW - timedelta(minutes=minutes) if minutes is not None else None
    run = Run(started_at=began, items_done=done, items_total=total)

    found = reckon(run, now=NOW, previous=previous)

    at = "" if ends is None else NOW + timedelta(minutes=ends)
    assert found.how == how
    assert found.ends == "" if ends is None else found.ends.endswith(f"{timezone.localtime(at):%H:%M}")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "under 1 s"), (0, "under 1 s"), (1, "1 s"), (59.9, "59 s"), (60, "1 m"), (3599, "59 m"),
        (3600, "1 h 00 m"), (4920, "1 h 22 m"), (48 * 3600 - 1, "47 h 59 m"), (76 * 3600, "3 d 4 h"),
    ],
)  # fmt: skip
def test_durations_are_short(seconds, words):
    assert span_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0"), (1, "1 kB"), (999_999, "999 kB"), (10**6, "1.0 MB"), (4_240_000, "4.2 MB"), (312 * 10**6, "312 MB"),
        (1_300_000_000, "1.3 GB"), (2 * 10**12, "2.0 TB"),
    ],
)  # fmt: skip
def test_bytes_are_short(size, words):
    assert bytes_words(size) == words
