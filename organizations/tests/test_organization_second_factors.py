"""Starting a client's people afresh, and a second factor for everyone there."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions.resets import ResetRefused, request_reset
from accounts.models import AuditEntry, ResetRequest, User
from accounts.roles import Role
from accounts.tests.factories import PASSWORD, give_app, make_member, make_user
from conftest import signed_in_client
from jobs.claims import run
from jobs.models import Job
from notifications.models import OutgoingEmail
from organizations.tests.people import kinds_of_mail, page, person

FACTOR, SECRET_WORD = ResetRequest.What.SECOND_FACTOR, ResetRequest.What.PASSWORD


def do_jobs():
    for job in Job.objects.filter(kind="finish_reset", state=Job.State.QUEUED):
        run(job.pk)


def reset(member, actor, what=FACTOR, **options):
    return request_reset(membership=member, what=what, reason="r", actor=actor.user, **options)


def test_a_colleague_with_a_third_around_resets_a_lost_phone_at_once(sign_in, cast, northwind, acme, sara):
    make_member(make_user("Hugo", "Marsh"), northwind, Role.ORGANIZATION_USER, organization=acme)
    give_app(sara.user)
    saras = signed_in_client(sara)

    shown = sign_in("otto").post(
        person(sara, "organization_user_reset", FACTOR), {"reason": "lost phone"}, follow=True
    )  # fmt: skip
    do_jobs()

    assert "is told by mail" in shown.content.decode()
    assert not Authenticator.objects.filter(user=sara.user).exists()
    assert saras.get("/account/").status_code == 302
    assert kinds_of_mail() == ["reset_requested", "organization_second_factor_reset_done"]
    assert {entry.organization_id for entry in AuditEntry.objects.filter(action__startswith="reset.")} == {acme.pk}


def test_a_new_password_leads_back_to_the_organizations_door(sign_in, sara):
    answer = sign_in("ada").post(
        person(sara, "organization_user_reset", SECRET_WORD), {"reason": "phished"}, follow=True
    )
    do_jobs()

    mail = OutgoingEmail.objects.get(kind="password_reset")
    assert not User.objects.get(pk=sara.user_id).check_password(PASSWORD)
    assert "?door=organization" in mail.text
    assert "/password/new/" not in answer.content.decode()


def test_the_only_other_user_has_a_day_to_object_to_a_colleague_but_not_to_partner_staff(cast, sara, acme, noon):
    give_app(sara.user)
    give_app(cast["otto"].user)

    by_colleague = reset(sara, cast["otto"], now=noon)
    by_staff = reset(cast["otto"], cast["ben"], now=noon)

    assert (by_colleague.due_at - noon, by_staff.due_at - noon) == (timedelta(hours=24), timedelta())


def test_the_other_one_stops_it_in_time(sign_in, sara):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        sign_in("otto").post(person(sara, "organization_user_reset", SECRET_WORD), {"reason": "says so"})
        saras = signed_in_client(sara)
        saras.post(reverse("accounts:reset_stop", args=[ResetRequest.objects.get().uuid]))
        clock.shift(timedelta(hours=25))
        do_jobs()

    assert User.objects.get(pk=sara.user_id).check_password(PASSWORD)


def test_nobody_resets_the_own_account(cast, noon):
    give_app(cast["otto"].user)

    with pytest.raises(ResetRefused, match="own account. Ask a colleague"):
        reset(cast["otto"], cast["otto"], now=noon)


@pytest.mark.parametrize("what", [FACTOR, SECRET_WORD])
@pytest.mark.parametrize("who", ["otto", "ben", "ada"])
def test_an_administrator_is_not_reset_through_a_client(sign_in, cast, northwind, acme, what, who):
    gil = make_member(make_user("Gil", "Abara"), northwind, Role.ADMINISTRATOR)
    give_app(gil.user)
    gil_at_acme = make_member(gil.user, northwind, Role.ORGANIZATION_USER, organization=acme)

    shown = sign_in(who).post(person(gil_at_acme, "organization_user_reset", what), {"reason": "r"}, follow=True)

    assert "cannot be reset from here" in shown.content.decode()
    assert not ResetRequest.objects.exists()
    assert Authenticator.objects.filter(user=gil.user).exists()


def test_one_of_two_clients_is_reset_by_partner_staff_only(sign_in, cast, northwind, acme):
    pia_at_acme = make_member(cast["pia"].user, northwind, Role.ORGANIZATION_USER, organization=acme)
    address = person(pia_at_acme, "organization_user_reset", SECRET_WORD)

    refused = sign_in("otto").post(address, {"reason": "r"}, follow=True).content.decode()
    done = sign_in("ben").post(address, {"reason": "r"}, follow=True).content.decode()

    assert "cannot be reset from here" in refused
    assert "is told by mail" in done


@pytest.mark.parametrize("reason", ["", " ", "x" * 301, "line\nbreak", "nul\x00"])
def test_a_reason_is_needed(sign_in, sara, reason):
    answer = sign_in("otto").post(person(sara, "organization_user_reset", FACTOR), {"reason": reason})

    assert answer.status_code == 422
    assert not ResetRequest.objects.exists()


def test_partner_staff_require_a_second_factor_and_it_works_at_the_next_click(sign_in, sara, acme):
    saras = Client()
    saras.post("/organization/login/", {"login": "sara.quist@example.com", "password": PASSWORD})
    staff = sign_in("ben")
    before = staff.get(page("settings_users", acme)).content.decode()

    staff.post(page("organization_second_factor", acme), {"is_required": "on"})

    assert "2 people without one set it up at their next page" in before
    assert saras.get(acme.get_absolute_url()).url == reverse("accounts:second_factor_setup")
    entry = AuditEntry.objects.get(action="organization.edited")
    assert (entry.actor, entry.organization_id, entry.details) == (
        "Ben Okafor",
        acme.pk,
        {"second_factor_of_everyone": ["optional", "required"]},
    )


def test_making_it_optional_again_asks_nobody(sign_in, sara, acme):
    acme.requires_second_factor = True
    acme.save()
    staff = sign_in("ada")

    staff.post(page("organization_second_factor", acme))
    staff.post(page("organization_second_factor", acme))

    acme.refresh_from_db()
    assert acme.requires_second_factor is False
    assert AuditEntry.objects.filter(action="organization.edited").count() == 1


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 302), ("ben", 302), ("cora", 403), ("otto", 404), ("pia", 404), ("rita", 404)]
)
def test_who_may_require_it(sign_in, acme, who, status):
    answer = sign_in(who).post(page("organization_second_factor", acme), {"is_required": "on"})

    acme.refresh_from_db()
    assert (answer.status_code, acme.requires_second_factor) == (status, status == 302)
    assert sign_in(who).get(page("organization_second_factor", acme)).status_code in (404, 405, 403)


def test_organization_people_see_the_rule_in_words_and_no_switch(sign_in, acme):
    shown = sign_in("otto").get(page("settings_users", acme)).content.decode()

    assert 'role="switch"' not in shown
    assert f'href="{reverse("accounts:second_factor_detail")}"' in shown
