"""Joining by invitation: once, in time, and never by merely opening a link."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions.invitations import InvitationProblem, accept_invitation
from accounts.models import AuditEntry, Membership, User
from accounts.tests.factories import PASSWORD, make_invitation, make_member, make_partner, make_user
from accounts.tests.test_members import in_two_threads
from notifications.models import OutgoingEmail

TOKEN = "a-token-of-forty-three-characters-or-so-here"
NEW = "purple lanterns under seven bridges"


@pytest.fixture
def dana(cast, northwind):
    """Dana is invited to Northwind and cannot sign in yet."""
    user = User.objects.create_user("dana@northwind.example", None, first_name="Dana", last_name="Whitfield")
    member = make_member(user, northwind, joined_at=None)
    return make_invitation(member, token=TOKEN, at=timezone.now())


def follow(client, token=TOKEN):
    return client.get(reverse("accounts:invitation_accept", args=[token]))


def join(client, token=TOKEN, password=NEW, again=None):
    return client.post(
        reverse("accounts:invitation_accept", args=[token]),
        {"password": password, "again": password if again is None else again},
    )


def test_following_the_link_changes_nothing_so_mail_scanners_do_no_harm(client, dana):
    answers = [follow(client) for _ in range(3)]

    dana.refresh_from_db()
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert dana.accepted_at is None
    assert "Northwind IT" in answers[0].content.decode()


def test_joining_sets_the_password_and_leads_to_the_door(client, dana):
    answer = join(client)

    user = User.objects.get(email="dana@northwind.example")
    assert answer.url == "/login/"
    assert user.check_password(NEW)
    assert Membership.objects.get(user=user).joined_at
    assert AuditEntry.objects.get(action="invitation.accepted").actor == "Dana Whitfield"
    assert client.get("/account/").status_code == 302


def test_the_link_works_once_and_says_so_afterwards(client, dana):
    join(client)

    second = join(Client(), password="another four word phrase here")

    assert second.status_code == 410
    assert "accepted already" in second.content.decode()
    assert User.objects.get(email="dana@northwind.example").check_password(NEW)


def test_the_link_is_dead_after_seven_days(client, dana):
    dana.expires_at = timezone.now() - timedelta(seconds=1)
    dana.save()

    answer = join(client)

    assert answer.status_code == 410
    assert "older than 7 days" in answer.content.decode()
    assert not User.objects.get(email="dana@northwind.example").has_usable_password()


@pytest.mark.parametrize("token", ["x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "%00", "ü" * 50])
def test_a_tampered_link_explains_itself(client, dana, token):
    assert follow(client, token).status_code in (400, 404)
    assert join(client, token).status_code in (400, 404)


def test_a_revoked_invitation_is_dead_and_can_be_sent_again(sign_in, dana, client):
    browser, member = sign_in("ada"), dana.membership
    browser.post(reverse("accounts:invitation_revoke", args=[member.uuid]))
    dead = follow(client)
    browser.post(reverse("accounts:invitation_resend", args=[member.uuid]))
    mail = OutgoingEmail.objects.get(kind="invitation")
    fresh = re.search(r"/invitation/([^/\s]+)/", mail.text)[1]

    assert (dead.status_code, "taken back" in dead.content.decode()) == (410, True)
    assert follow(client).status_code == 404
    assert join(client, fresh).status_code == 302


def test_one_who_joined_cannot_be_invited_again(sign_in, dana, client):
    join(client)

    page = sign_in("ada").post(
        reverse("accounts:invitation_resend", args=[dana.membership.uuid]), follow=True
    )  # fmt: skip

    assert "has joined already" in page.content.decode()
    assert not OutgoingEmail.objects.filter(kind="invitation").exists()


@pytest.mark.parametrize(
    ("password", "again", "says"),
    [("short", None, "at least 15"), (NEW, "not the same at all", "not the same"), ("", "", "Choose a password"),
     ("Whitfield at the lake", None, "Whitfield"), ("x\x00" * 10, None, "Null")],
)  # fmt: skip
def test_a_weak_or_odd_password_is_refused_with_a_sentence(client, dana, password, again, says):
    answer = join(client, password=password, again=again)

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert follow(client).status_code == 200


def test_somebody_who_has_an_account_joins_with_one_click_and_keeps_the_password(client, cast, rival):
    member = make_member(cast["ben"].user, rival, joined_at=None)
    make_invitation(member, token=TOKEN, at=timezone.now())

    page = follow(client)
    client.post(reverse("accounts:invitation_accept", args=[TOKEN]), {"join": "yes", "password": NEW, "again": NEW})

    user = User.objects.get(pk=cast["ben"].user_id)
    assert "You have an account with this address already" in page.content.decode()
    assert user.check_password(PASSWORD)
    assert (user.first_name, Membership.objects.get(user=user, partner=rival).joined_at is None) == ("Ben", False)


def test_before_joining_the_membership_opens_nothing(client, cast, rival):
    user = make_user("Ivy", "Stone")
    make_member(user, rival, joined_at=None)

    answer = client.post("/login/", {"login": "ivy.stone@example.com", "password": PASSWORD})

    assert answer.context["form"].errors


def test_the_mail_reads_the_same_for_oneil_and_sons_and_cannot_be_turned_into_markup(sign_in, cast, northwind):
    northwind.name = "O'Neil & Sons <b>"
    northwind.save()
    fields = {"first_name": "Dana", "last_name": "W", "email": "dana@x.example", "role": "BASIC"}

    sign_in("ada").post("/users/new/", {**fields, "organization": str(northwind.uuid)})

    mail = OutgoingEmail.objects.get()
    assert mail.subject == "Ada Lindqvist invites you to O'Neil & Sons <b>"
    assert "O'Neil & Sons <b>" in mail.text
    assert "O&#x27;Neil &amp; Sons &lt;b&gt;" in mail.html or "O'Neil &amp; Sons &lt;b&gt;" in mail.html
    assert "<b>" not in mail.html


def test_the_token_itself_is_nowhere_in_the_database(sign_in, cast, northwind):
    fields = {"first_name": "Dana", "last_name": "W", "email": "dana@x.example", "role": "BASIC"}
    sign_in("ada").post("/users/new/", {**fields, "organization": str(northwind.uuid)})
    mail = OutgoingEmail.objects.get()
    token = re.search(r"/invitation/([^/\s]+)/", mail.text)[1]

    assert len(token) == 43
    assert token not in mail.sealed_text + mail.sealed_html
    assert not Membership.objects.filter(invitation__token_fingerprint=token).exists()


def test_deleted_and_invited_again_the_person_chooses_a_new_password(sign_in, cast, northwind, client):
    browser = sign_in("ada")
    browser.post(reverse("accounts:member_delete", args=[cast["ben"].uuid]))
    fields = {"first_name": "Ben", "last_name": "Okafor", "email": "ben.okafor@example.com", "role": "BASIC"}
    browser.post("/users/new/", {**fields, "organization": str(northwind.uuid)})
    mail = OutgoingEmail.objects.get(kind="invitation")

    join(client, re.search(r"/invitation/([^/\s]+)/", mail.text)[1])

    user = User.objects.get(email="ben.okafor@example.com")
    assert (user.is_active, user.check_password(NEW)) == (True, True)


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_two_accepts_at_the_same_moment_let_one_in(cast, dana, noon):
    def accept():
        accept_invitation(token=TOKEN, password=NEW, now=timezone.now())

    outcomes = in_two_threads(accept, accept)

    assert sorted(map(str, outcomes)) == sorted(map(str, [None, InvitationProblem]))
    assert AuditEntry.objects.filter(action="invitation.accepted").count() == 1


def test_an_inactive_partner_lets_nobody_in(client, cast):
    partner = make_partner("Gone", is_active=False)
    make_member(make_user("Ivy", "Stone"), partner)

    answer = client.post("/login/", {"login": "ivy.stone@example.com", "password": PASSWORD})

    assert answer.context["form"].errors
