"""How somebody invited to a client gets in: the client's own door, and nowhere else."""

import re
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation
from accounts.tests.factories import PASSWORD, make_invitation
from notifications.models import OutgoingEmail
from organizations.tests.people import DANAS_EMAIL, kinds_of_mail, page, person, typed

NEW = "purple lanterns under seven bridges"


def test_the_mail_names_organization_and_partner_and_leads_to_the_organizations_door(sign_in, acme, northwind):
    sign_in("otto").post(page("organization_user_create", acme), typed())

    mail = OutgoingEmail.objects.get(kind="organization_invitation")
    assert mail.subject == "Otto Brandt invites you to Acme Dental"
    assert "the backup of Acme Dental, which Northwind IT looks after" in mail.text
    assert f"/organization/login/?partner={northwind.uuid}" in mail.text
    assert "partner portal" not in mail.text + mail.html
    assert Invitation.objects.get().expires_at - Invitation.objects.get().sent_at == timedelta(days=7)


def test_from_the_mail_over_the_password_to_the_own_organization_and_nowhere_else(sign_in, acme, client):
    sign_in("ada").post(page("organization_user_create", acme), typed())
    link = re.search(r"http://\S+(/invitation/\S+/)", OutgoingEmail.objects.get().text)[1]

    welcome = client.get(link).content.decode()
    joined = client.post(link, {"password": NEW, "again": NEW}, follow=True)
    door = joined.redirect_chain[-1][0]
    inside = client.post(door, {"login": DANAS_EMAIL, "password": NEW}, follow=True)

    assert "Welcome to Acme Dental" in welcome
    assert "which Northwind IT looks after" in welcome
    assert "second factor" not in welcome
    assert door.startswith("/organization/login/?partner=")
    assert "You belong to Acme Dental now" in joined.content.decode()
    assert "what Northwind IT keeps for you" in joined.content.decode()
    assert inside.redirect_chain[-1][0] == acme.get_absolute_url()
    assert client.get("/dashboard/").status_code == 404


def test_a_dead_link_of_a_client_leads_to_the_clients_door(client, dana, northwind):
    dana.invitation.expires_at = timezone.now() - timedelta(seconds=1)
    dana.invitation.save()

    answer = client.get(reverse("accounts:invitation_accept", args=["a-token"]))

    assert answer.status_code == 410
    assert f'href="/organization/login/?partner={northwind.uuid}"' in answer.content.decode()
    assert 'href="/login/"' not in answer.content.decode()


def test_one_who_joins_a_second_organization_keeps_the_password_and_may_choose(sign_in, cast, acme, client):
    sign_in("ada").post(page("organization_user_create", acme), typed(email="pia.roth@example.com"))
    link = re.search(r"http://\S+(/invitation/\S+/)", OutgoingEmail.objects.get().text)[1]

    client.post(link, {"join": "yes"})
    client.post("/organization/login/", {"login": "pia.roth@example.com", "password": PASSWORD})
    choice = client.get(reverse("accounts:membership_choose")).content.decode()

    assert "Acme Dental" in choice
    assert "Bolt Bakery" in choice


def test_sending_again_makes_the_old_link_useless(sign_in, dana, client):
    browser = sign_in("otto")

    shown = browser.post(person(dana, "organization_invitation_resend"), follow=True).content.decode()

    fresh = re.search(r"/invitation/([^/\s]+)/", OutgoingEmail.objects.get(kind="organization_invitation").text)[1]
    assert "gets a new link, valid for 7 days" in shown
    assert client.get(reverse("accounts:invitation_accept", args=["a-token"])).status_code == 404
    assert client.get(reverse("accounts:invitation_accept", args=[fresh])).status_code == 200


def test_an_invitation_taken_back_is_dead_and_says_so(sign_in, dana, client):
    shown = sign_in("otto").post(person(dana, "organization_invitation_revoke"), follow=True).content.decode()

    dead = client.get(reverse("accounts:invitation_accept", args=["a-token"]))
    assert "is taken back" in shown
    assert "Invitation taken back" in shown
    assert (dead.status_code, "taken back" in dead.content.decode()) == (410, True)


def test_one_who_joined_is_not_invited_again(sign_in, sara):
    make_invitation(sara, token="used", at=timezone.now(), accepted_at=timezone.now())

    shown = sign_in("otto").post(person(sara, "organization_invitation_resend"), follow=True).content.decode()

    assert "has joined already" in shown
    assert kinds_of_mail() == []
