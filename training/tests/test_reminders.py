"""Who is told that a course is due again: once, and nobody who does not want it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.actions.members import delete_member
from accounts.models import User
from jobs.claims import run
from jobs.models import Job
from notifications.models import OutgoingEmail
from notifications.preferences import set_preferences, unsubscribe_from
from training.actions.certificates import withdraw_certificate
from training.actions.reminders import request_due_reminders
from training.models import Course
from training.tests.factories import long_ago, make_attempt, make_certificate, make_course


def told() -> list[str]:
    """Do what is asked for now, and return whom a reminder went to."""
    request_due_reminders(timezone.now())
    for job in Job.objects.filter(kind="mail_certificate_due", state="QUEUED"):
        run(job.pk)
    return list(OutgoingEmail.objects.filter(kind="certificate_due").values_list("to", flat=True))


def test_thirty_days_before_its_end_the_person_is_told_once(cast):
    course = make_course("Essentials")
    make_certificate(cast["ben"], course, at=long_ago(days=345))
    make_certificate(cast["ada"], course, at=long_ago(days=300))

    assert told() == ["ben.okafor@example.com"]
    assert told() == ["ben.okafor@example.com"]
    mail = OutgoingEmail.objects.get(kind="certificate_due")
    assert mail.subject.startswith("Essentials is due again by ")
    assert course.get_absolute_url() in mail.text
    assert "List-Unsubscribe" in mail.headers


def test_it_is_told_as_soon_as_the_quiz_is_open_wherever_the_person_is(cast):
    ben = cast["ben"]
    certificate = make_certificate(ben)
    ben.user.time_zone = "Etc/GMT+12"
    begins = datetime(*certificate.due_from.timetuple()[:3], 12, tzinfo=UTC)

    request_due_reminders(begins - timedelta(minutes=1))
    early = Job.objects.filter(kind="mail_certificate_due").count()
    request_due_reminders(begins)

    assert (early, Job.objects.filter(kind="mail_certificate_due").count()) == (0, 1)
    assert make_attempt(ben, certificate.course, at=begins).handed_in_at is None


def _opted_out(ben, certificate, ada):
    unsubscribe_from(user_id=ben.user_id, category="DUE_AGAIN", at=timezone.now())


def _certified_anew(ben, certificate, ada):
    make_certificate(ben, certificate.course)


def _gone(ben, certificate, ada):
    delete_member(membership=ben, actor=ada.user, now=timezone.now())


def _withdrawn(ben, certificate, ada):
    withdraw_certificate(certificate=certificate, reason="-", actor=ada.user, now=timezone.now())


def _course_withdrawn(ben, certificate, ada):
    Course.objects.update(is_published=False)


@pytest.mark.parametrize("what", [_opted_out, _certified_anew, _gone, _withdrawn, _course_withdrawn])
def test_who_is_not_told(cast, what):
    certificate = make_certificate(cast["ben"], at=long_ago(days=345))

    what(cast["ben"], certificate, cast["ada"])

    assert told() == []
    assert not Job.objects.filter(kind="mail_certificate_due").exclude(state="DONE").exists()


def _opted_in(ben):
    set_preferences(user_id=ben.user_id, categories={"DUE_AGAIN"}, at=timezone.now())


def _inactive(ben, certificate, ada):
    User.objects.filter(pk=ben.user_id).update(is_active=False)


def _active(ben):
    User.objects.filter(pk=ben.user_id).update(is_active=True)


def _course_published(ben):
    Course.objects.update(is_published=True)


@pytest.mark.parametrize(
    ("what", "undo"),
    [(_opted_out, _opted_in), (_inactive, _active), (_course_withdrawn, _course_published)],
)
def test_what_passes_only_delays_it_until_the_certificate_ends(cast, what, undo):
    certificate = make_certificate(cast["ben"], at=long_ago(days=345))
    what(cast["ben"], certificate, cast["ada"])
    before = told()

    undo(cast["ben"])
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        too_late = told()

    assert (before, too_late, told()) == ([], [], ["ben.okafor@example.com"])


def test_asking_again_while_it_is_asked_for_changes_nothing(cast):
    make_certificate(cast["ben"], at=long_ago(days=345))

    for _ in range(3):
        request_due_reminders(timezone.now())

    assert Job.objects.filter(kind="mail_certificate_due").count() == 1
