"""A forgotten password: same answer for everybody, one link, no way round the second factor."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import PASSWORD, make_partner, make_user
from notifications.models import OutgoingEmail

NEW = "purple lanterns under seven bridges"


def ask(client, email):
    return client.post(reverse("account_reset_password"), {"email": email})


def link():
    mail = OutgoingEmail.objects.filter(kind="password_reset").latest("id")
    return re.search(r"http://localhost(/password/new/\S+)", mail.text)[1]


def use(client, address, password=NEW):
    form = client.get(address, follow=True)
    return client.post(form.redirect_chain[-1][0], {"password1": password, "password2": password})


def test_known_and_unknown_addresses_get_the_same_answer_and_one_mail_each(cast):
    known, unknown = ask(Client(), "otto.brandt@example.com"), ask(Client(), "nobody@example.com")

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert list(OutgoingEmail.objects.order_by("id").values_list("kind", "to")) == [
        ("password_reset", "otto.brandt@example.com"),
        ("unknown_account", "nobody@example.com"),
    ]


def test_the_link_changes_the_password_once_and_signs_nobody_in(client, cast):
    ask(client, "otto.brandt@example.com")
    address = link()

    use(client, address)
    again = client.get(address, follow=True)

    assert User.objects.get(email="otto.brandt@example.com").check_password(NEW)
    assert client.get("/account/").status_code == 302
    assert b"This link does not work" in again.content


def test_a_new_password_ends_every_session(sign_in, cast, client):
    browser = sign_in("otto")
    assert browser.get("/account/").status_code == 200
    ask(client, "otto.brandt@example.com")

    use(client, link())

    assert browser.get("/account/").status_code == 302


def test_the_link_is_dead_after_thirty_minutes(client, cast):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask(client, "otto.brandt@example.com")
        clock.shift(timedelta(minutes=31))
        page = client.get(link(), follow=True)

    assert b"This link does not work" in page.content


def test_the_second_factor_is_still_asked_for(client, cast):
    ask(client, "ada.lindqvist@example.com")
    use(client, link())

    answer = client.post("/login/", {"login": "ada.lindqvist@example.com", "password": NEW})

    assert answer.url == reverse("mfa_authenticate")


def test_the_mail_goes_to_the_stored_address_even_if_several_are_sent(client, cast):
    client.post(reverse("account_reset_password"), {"email": ["otto.brandt@example.com", "evil@example.com"]})

    assert "otto.brandt@example.com" not in OutgoingEmail.objects.values_list("to", flat=True)


def test_the_link_never_takes_its_host_from_the_request(cast, settings):
    settings.ALLOWED_HOSTS = ["*"]

    ask(Client(headers={"Host": "evil.example"}), "otto.brandt@example.com")

    assert "evil.example" not in OutgoingEmail.objects.get().text


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short one", "at least 15"),
        ("x" * 129, "at most 128"),
        ("passwordpassword123", "password"),
        ("qwertyuiopasdfghjkl", "tried first"),
        ("sunshineprincess", "tried first"),
        ("aaaaaaaaaaaaaaaaaaaa", "tried first"),
        ("my Northwind IT door", "Northwind IT"),
        ("otto likes long walks", "Otto"),
        ("i love portico so much", "portico"),
    ],
)
def test_weak_passwords_are_refused_with_a_reason(client, cast, password, says):
    ask(client, "otto.brandt@example.com")

    answer = use(client, link(), password)

    assert says.lower() in str(answer.context["form"].errors).lower()
    assert User.objects.get(email="otto.brandt@example.com").check_password(PASSWORD)


@pytest.mark.parametrize(
    "password", ["  spaces   everywhere   ", "пароль из четырёх слов", "🙂" * 14 + "ab", "purple lanterns " * 4]
)
def test_any_characters_are_welcome_and_kept_exactly(client, cast, password):
    ask(client, "otto.brandt@example.com")

    use(client, link(), password)

    user = User.objects.get(email="otto.brandt@example.com")
    assert user.check_password(password) == (len(set(password)) >= 5)


def test_a_deleted_person_is_unknown(client, db):
    make_partner("Northwind IT")
    make_user("Ivy", "Stone", is_active=False)

    ask(client, "ivy.stone@example.com")

    assert OutgoingEmail.objects.get().kind == "unknown_account"
