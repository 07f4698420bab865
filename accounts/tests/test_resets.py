"""Resetting somebody else's password or second factor."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from accounts.actions.resets import ResetRefused, finish_reset, request_reset
from accounts.models import AuditEntry, ResetRequest, User
from accounts.tests.factories import PASSWORD, give_app, make_member, make_user
from jobs.claims import run
from jobs.models import Job
from notifications.models import OutgoingEmail

FACTOR, SECRET_WORD = ResetRequest.What.SECOND_FACTOR, ResetRequest.What.PASSWORD


@pytest.fixture
def gil(cast, northwind):
    """Gil is a second Administrator."""
    member = make_member(make_user("Gil", "Abara"), northwind, "ADMINISTRATOR")
    give_app(member.user)
    return member


def address(member, what):
    return reverse("accounts:member_reset", args=[member.uuid, what])


def do_jobs():
    for job in Job.objects.filter(kind="finish_reset", state=Job.State.QUEUED):
        run(job.pk)


def test_a_lost_phone_is_helped_at_once_and_told(sign_in, cast):
    bens_browser = sign_in("ben")

    sign_in("ada").post(address(cast["ben"], FACTOR), {"reason": "lost phone"})
    do_jobs()

    assert not Authenticator.objects.filter(user=cast["ben"].user).exists()
    assert bens_browser.get("/dashboard/").status_code == 302
    assert list(OutgoingEmail.objects.order_by("id").values_list("kind", flat=True)) == [
        "reset_requested", "second_factor_reset_done",
    ]  # fmt: skip
    entry = AuditEntry.objects.get(action="reset.requested")
    assert (entry.actor, entry.details["reason"]) == ("Ada Lindqvist", "lost phone")


def test_a_password_reset_ends_the_old_one_and_mails_a_link_the_administrator_never_sees(sign_in, cast):
    answer = sign_in("ada").post(address(cast["ben"], SECRET_WORD), {"reason": "phished"}, follow=True)
    do_jobs()

    mail = OutgoingEmail.objects.get(kind="password_reset")
    assert not User.objects.get(pk=cast["ben"].user_id).check_password(PASSWORD)
    assert "/password/new/" in mail.text
    assert "/password/new/" not in answer.content.decode()


def test_the_only_other_administrator_has_a_day_to_object(sign_in, cast, gil):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        sign_in("ada").post(address(gil, FACTOR), {"reason": "says so"})
        do_jobs()
        clock.shift(timedelta(hours=23))
        do_jobs()

    reset = ResetRequest.objects.get()
    assert reset.due_at - reset.requested_at == timedelta(hours=24)
    assert reset.done_at is None
    assert Authenticator.objects.filter(user=gil.user).exists()


def test_the_person_stops_it(cast, gil, sign_in):
    from conftest import signed_in_client

    sign_in("ada").post(address(gil, FACTOR), {"reason": "says so"})
    reset, browser = ResetRequest.objects.get(), signed_in_client(gil)
    shown = browser.get("/account/").content.decode()

    browser.post(reverse("accounts:reset_stop", args=[reset.uuid]))
    finish_reset(reset_id=reset.pk, now=timezone.now())

    assert "resets your second factor" in shown
    assert Authenticator.objects.filter(user=gil.user).exists()
    assert AuditEntry.objects.filter(action="reset.stopped").count() == 1


def test_with_a_third_administrator_nobody_waits(cast, gil, northwind, noon):
    make_member(make_user("Ivy", "Stone"), northwind, "ADMINISTRATOR")

    reset = request_reset(membership=gil, what=FACTOR, reason="r", actor=cast["ada"].user, now=noon)

    assert reset.due_at == noon


def test_carrying_it_out_twice_equals_once(cast, noon):
    reset = request_reset(membership=cast["ben"], what=FACTOR, reason="r", actor=cast["ada"].user, now=noon)

    finish_reset(reset_id=reset.pk, now=noon)
    give_app(cast["ben"].user)
    finish_reset(reset_id=reset.pk, now=noon)

    assert Authenticator.objects.filter(user=cast["ben"].user).exists()
    assert AuditEntry.objects.filter(action="reset.done").count() == 1


def test_nobody_resets_oneself(cast, noon):
    with pytest.raises(ResetRefused, match="own account"):
        request_reset(membership=cast["ada"], what=FACTOR, reason="r", actor=cast["ada"].user, now=noon)


def test_nobody_resets_a_person_who_also_belongs_elsewhere(cast, rival, noon):
    make_member(cast["ben"].user, rival)

    with pytest.raises(ResetRefused, match="cannot be reset from here"):
        request_reset(membership=cast["ben"], what=SECRET_WORD, reason="r", actor=cast["ada"].user, now=noon)


def test_there_is_nothing_to_reset_without_a_factor_or_before_joining(cast, northwind, noon):
    ivy = make_member(make_user("Ivy"), northwind)
    invited = make_member(make_user("Kim"), northwind, joined_at=None)

    with pytest.raises(ResetRefused, match="no second factor"):
        request_reset(membership=ivy, what=FACTOR, reason="r", actor=cast["ada"].user, now=noon)
    with pytest.raises(ResetRefused, match="not joined yet"):
        request_reset(membership=invited, what=SECRET_WORD, reason="r", actor=cast["ada"].user, now=noon)


def test_asking_twice_is_refused_while_the_first_waits(cast, gil, noon):
    request_reset(membership=gil, what=FACTOR, reason="r", actor=cast["ada"].user, now=noon)

    with pytest.raises(ResetRefused, match="asked for already"):
        request_reset(membership=gil, what=FACTOR, reason="r", actor=cast["ada"].user, now=noon)


@pytest.mark.parametrize("reason", ["", " ", "x" * 301, "line\nbreak"])
def test_a_reason_is_needed(sign_in, cast, reason):
    answer = sign_in("ada").post(address(cast["ben"], FACTOR), {"reason": reason})

    assert answer.status_code == 422
    assert not ResetRequest.objects.exists()


def test_asking_looks_at_nothing_and_changes_nothing(sign_in, cast):
    assert sign_in("ada").get(address(cast["ben"], FACTOR)).status_code == 200
    assert not ResetRequest.objects.exists()
