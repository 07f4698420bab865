"""Renaming and deleting a client's people."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions.memberships import MemberGone, NotYourself, NotYoursToRename
from accounts.models import AuditEntry, Invitation, Membership, User
from accounts.roles import Role
from accounts.tests.factories import PASSWORD, make_member
from accounts.tests.test_members import in_two_threads
from conftest import signed_in_client
from notifications.models import OutgoingEmail
from organizations.actions.organization_users import (
    delete_organization_user,
    rename_organization_user,
)
from organizations.tests.people import kinds_of_mail, page, person, typed


def test_a_colleague_changes_a_name(sign_in, sara):
    browser = sign_in("otto")

    shown = browser.post(person(sara), {"first_name": "Sarah", "last_name": "Quist"}, follow=True).content.decode()

    assert "Sarah Quist is saved" in shown
    assert User.objects.get(pk=sara.user_id).full_name == "Sarah Quist"
    entry = AuditEntry.objects.get(action="member.edited")
    assert (entry.organization_id, entry.details) == (
        sara.organization_id,
        {"name": ["Sara Quist", "Sarah Quist"]},
    )


def test_saving_the_same_name_changes_nothing(sign_in, sara):
    sign_in("otto").post(person(sara), {"first_name": "Sara", "last_name": "Quist"})

    assert not AuditEntry.objects.filter(action="member.edited").exists()


def test_the_name_of_an_invited_person_changes_in_the_invitation_only(sign_in, cast, acme):
    browser = sign_in("otto")
    browser.post(page("organization_user_create", acme), typed(email="pia.roth@example.com"))
    member = Membership.objects.get(organization=acme, user=cast["pia"].user)

    browser.post(person(member), {"first_name": "Dina", "last_name": "Whitfield"})

    assert Invitation.objects.get(membership=member).first_name == "Dina"
    assert User.objects.get(pk=cast["pia"].user_id).full_name == "Pia Roth"


def test_the_name_of_one_who_also_belongs_elsewhere_stays_the_persons_own(sign_in, cast, northwind, acme):
    make_member(cast["ada"].user, northwind, Role.ORGANIZATION_USER, organization=acme)
    ada_at_acme = Membership.objects.get(user=cast["ada"].user, organization=acme)

    answer = sign_in("otto").post(person(ada_at_acme), {"first_name": "Eve", "last_name": "Evil"})

    assert (answer.status_code, "Account settings" in str(answer.context["form"].errors)) == (422, True)
    assert User.objects.get(pk=cast["ada"].user_id).full_name == "Ada Lindqvist"


@pytest.mark.parametrize("name", ["", "x" * 10_240, "Sa\x00ra", "Sara\nBcc: x@y.example", "www.evil.example"])
def test_an_odd_name_is_refused(sign_in, sara, name):
    answer = sign_in("otto").post(person(sara), {"first_name": name, "last_name": "Quist"})

    assert answer.status_code == 422
    assert User.objects.get(pk=sara.user_id).first_name == "Sara"


def test_deleting_asks_first(sign_in, sara):
    shown = sign_in("otto").get(person(sara, "organization_user_delete")).content.decode()

    assert "Delete Sara Quist?" in shown
    assert Membership.objects.filter(pk=sara.pk).exists()


def test_a_deleted_person_is_led_to_the_door_at_the_next_click_and_told(sign_in, sara, acme):
    saras = Client()
    saras.post("/organization/login/", {"login": "sara.quist@example.com", "password": PASSWORD})
    assert saras.get(acme.get_absolute_url()).status_code == 200

    shown = sign_in("otto").post(person(sara, "organization_user_delete"), follow=True).content.decode()

    assert "The account of Sara Quist is deleted" in shown
    assert saras.get(acme.get_absolute_url()).url.startswith("/organization/login/")
    knock = saras.post("/organization/login/", {"login": "sara.quist@example.com", "password": PASSWORD})
    assert knock.status_code == 200
    mail = OutgoingEmail.objects.get(kind="membership_removed")
    assert (mail.to, mail.subject) == ("sara.quist@example.com", "Your account at Acme Dental is deleted")
    assert "Otto Brandt deleted your account at Acme Dental" in mail.text


def test_the_name_of_a_deleted_person_stays_in_the_log(sign_in, sara, acme):
    with transaction.atomic():
        rename_organization_user(
            membership=Membership.objects.get(organization=acme, user__first_name="Otto"), first_name="Otto",
            last_name="Brand", reach=Membership.objects.of_organization_users(), actor=sara.user, now=timezone.now(),
        )  # fmt: skip

    sign_in("ada").post(person(sara, "organization_user_delete"))

    log = sign_in("ada").get(page("organization_log", acme)).content.decode()
    assert "<strong>Sara Quist</strong> changed the user Otto Brand" in log
    assert "deleted the user Sara Quist" in log


def test_one_with_a_place_elsewhere_loses_only_this_one(sign_in, cast, northwind, acme):
    at_acme = make_member(cast["pia"].user, northwind, Role.ORGANIZATION_USER, organization=acme)
    at_acme_browser, at_bolt_browser = signed_in_client(at_acme), signed_in_client(cast["pia"])

    sign_in("otto").post(person(at_acme, "organization_user_delete"))

    assert at_acme_browser.get("/").url == "/organization/login/"
    assert at_bolt_browser.get(cast["pia"].organization.get_absolute_url()).status_code == 200


def test_nobody_deletes_the_own_account(sign_in, cast, acme):
    browser = sign_in("otto")

    asked = browser.get(person(cast["otto"], "organization_user_delete")).content.decode()
    shown = browser.post(person(cast["otto"], "organization_user_delete"), follow=True).content.decode()

    assert 'class="button button-danger"' not in asked
    assert "You cannot delete your own account. Nothing was changed. Ask a colleague, or Northwind IT." in shown
    assert Membership.objects.filter(pk=cast["otto"].pk).exists()


def test_partner_staff_delete_the_last_user(sign_in, cast, acme):
    shown = sign_in("ben").post(person(cast["otto"], "organization_user_delete"), follow=True).content.decode()

    assert "Nobody yet" in shown
    assert not Membership.objects.filter(organization=acme).exists()


def test_deleting_an_invited_person_kills_the_link_and_mails_nobody(sign_in, dana, client):
    sign_in("otto").post(person(dana, "organization_user_delete"))

    assert client.get(reverse("accounts:invitation_accept", args=["a-token"])).status_code == 404
    assert kinds_of_mail() == []


def test_a_second_click_on_delete_finds_nothing(sign_in, sara, cast, noon):
    browser = sign_in("otto")
    browser.post(person(sara, "organization_user_delete"))

    assert browser.post(person(sara, "organization_user_delete")).status_code == 404
    with pytest.raises(MemberGone):
        delete_organization_user(membership=sara, actor=cast["otto"].user, now=noon)


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_of_two_who_delete_each_other_at_the_same_moment_one_stays(cast, sara, acme, noon):
    otto = cast["otto"]

    outcomes = in_two_threads(
        lambda: delete_organization_user(membership=sara, actor=otto.user, now=noon),
        lambda: delete_organization_user(membership=otto, actor=sara.user, now=noon),
    )

    assert sorted(map(str, outcomes)) == sorted(map(str, [None, MemberGone]))
    assert Membership.objects.filter(organization=acme).count() == 1


def test_a_name_cannot_be_renamed_by_an_actor_who_was_deleted_meanwhile(cast, sara, noon):
    delete_organization_user(membership=cast["otto"], actor=cast["ada"].user, now=noon)

    with pytest.raises(MemberGone, match="Your own account"):
        rename_organization_user(
            membership=sara, first_name="X", last_name="Y", reach=Membership.objects.of_organization_users(),
            actor=cast["otto"].user, now=noon,
        )  # fmt: skip


def test_the_rules_hold_in_the_actions_too(cast, northwind, acme, noon):
    make_member(cast["ada"].user, northwind, Role.ORGANIZATION_USER, organization=acme)
    ada_at_acme = Membership.objects.get(user=cast["ada"].user, organization=acme)

    with pytest.raises(NotYourself):
        delete_organization_user(membership=ada_at_acme, actor=cast["ada"].user, now=noon)
    with pytest.raises(NotYoursToRename):
        rename_organization_user(
            membership=ada_at_acme, first_name="X", last_name="Y",
            reach=Membership.objects.of_organization_users(), actor=cast["otto"].user, now=noon,
        )  # fmt: skip
