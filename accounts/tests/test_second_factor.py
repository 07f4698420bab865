"""The second factor: nobody who needs one gets past it, no code works twice, ten wrong ones lock."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from accounts.tests.factories import SEED, give_app, make_member, make_user
from accounts.tests.test_sign_in import come_in, kinds, knock, present_code
from notifications.models import OutgoingEmail

WIZARD = "/account/second-factor/set-up/"
APP = "/account/second-factor/app/"


@pytest.fixture
def newcomer(cast, northwind):
    """Ivy works for Northwind and has no second factor yet."""
    return make_member(make_user("Ivy", "Stone"), northwind)


def set_up_app(client):
    secret = client.get(APP).context["form"].secret
    return secret, client.post(APP, {"code": present_code(secret)})


@pytest.mark.parametrize(
    "path", ["/", "/dashboard/", "/account/", "/users/", "/account/newsletters/", "/organizations/"]
)
def test_partner_staff_see_nothing_before_they_have_one(client, newcomer, path):
    knock(client, "/login/", "ivy.stone@example.com")

    assert client.get(path).url == WIZARD


def test_platform_staff_see_nothing_before_they_have_one(client, db):
    make_user("Sam", "Staff", is_staff=True, is_superuser=True)
    knock(client, "/login/", "sam.staff@example.com")

    assert client.get("/admin/").url == WIZARD


def test_organization_users_may_do_without_unless_their_partner_demands_it(client, cast, acme):
    knock(client, "/organization/login/", "otto.brandt@example.com")
    before = client.get("/account/").status_code
    acme.requires_second_factor = True
    acme.save()

    assert before == 200
    assert client.get("/account/").url == WIZARD


def test_the_wizard_shows_secret_and_codes_once_and_then_opens_the_house(
    client, newcomer, django_capture_on_commit_callbacks
):
    knock(client, "/login/", "ivy.stone@example.com")
    page = client.get(APP)
    with django_capture_on_commit_callbacks(execute=True):
        secret, answer = set_up_app(client)
    codes = client.get(answer.url)
    file = client.get("/account/second-factor/codes/file/")
    client.post("/account/second-factor/codes/kept/")

    assert "data:image/svg+xml" in page.content.decode()
    assert len(codes.context["codes"]) == 10
    assert codes.context["codes"][0] in file.content.decode()
    assert client.get("/dashboard/").status_code == 200
    assert client.get("/account/second-factor/codes/").url == "/account/second-factor/"
    assert client.get("/account/second-factor/codes/file/").status_code == 404
    assert kinds() == ["second_factor_changed"]
    assert AuditEntry.objects.filter(action="second_factor.added", actor="Ivy Stone").count() == 1
    assert len(secret) == 32


def test_a_wrong_first_code_sets_up_nothing(client, newcomer):
    knock(client, "/login/", "ivy.stone@example.com")
    client.get(APP)

    answer = client.post(APP, {"code": "000000"})

    assert answer.context["form"].errors
    assert not Authenticator.objects.filter(user=newcomer.user).exists()


def test_seeds_and_recovery_seeds_are_sealed_at_rest(client, newcomer):
    knock(client, "/login/", "ivy.stone@example.com")
    secret, answer = set_up_app(client)
    codes = client.get(answer.url).context["codes"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        stored = cursor.fetchone()[0]

    assert secret not in stored
    assert not any(code in stored for code in codes)
    assert "gAAAA" in stored


def test_a_code_works_once_also_in_another_browser(cast):
    with time_machine.travel(timezone.now(), tick=False):
        code = present_code()
        first, second = Client(), Client()
        knock(first, "/login/", "ada.lindqvist@example.com")
        knock(second, "/login/", "ada.lindqvist@example.com")
        used = first.post(reverse("mfa_authenticate"), {"code": code})
        again = second.post(reverse("mfa_authenticate"), {"code": code})

    assert used.status_code == 302
    assert again.status_code == 200
    assert again.context["form"].errors


@pytest.mark.parametrize("seconds", [-30, 30, 60])
def test_no_code_of_another_half_minute_is_accepted(client, cast, seconds):
    with time_machine.travel(timezone.now(), tick=False):
        knock(client, "/login/", "ada.lindqvist@example.com")

        answer = client.post(reverse("mfa_authenticate"), {"code": present_code(SEED, time.time() + seconds)})

    assert answer.status_code == 200


def test_a_recovery_code_works_once(cast):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    code = RecoveryCodes.activate(cast["ada"].user).get_unused_codes()[0]
    first, second = Client(), Client()
    knock(first, "/login/", "ada.lindqvist@example.com")
    knock(second, "/login/", "ada.lindqvist@example.com")

    assert first.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert second.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200


def test_ten_wrong_codes_lock_for_an_hour_and_tell_the_person_and_the_other_administrator(cast, northwind):
    gil = make_member(make_user("Gil", "Abara"), northwind, "ADMINISTRATOR")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(10):
            client = Client(REMOTE_ADDR=f"192.0.2.{number}")
            knock(client, "/login/", "ben.okafor@example.com")
            client.post(reverse("mfa_authenticate"), {"code": "000000"})
        client = Client(REMOTE_ADDR="198.51.100.1")
        knock(client, "/login/", "ben.okafor@example.com")
        locked = client.post(reverse("mfa_authenticate"), {"code": present_code()})
        seen = signed_page_of(cast["ada"], "/users/")
        clock.shift(timedelta(hours=1, minutes=2))
        client = Client(REMOTE_ADDR="198.51.100.2")
        opened = come_in(client, "ben.okafor@example.com")

    assert "Ten codes were wrong" in str(locked.context["form"].errors)
    assert opened.status_code == 302
    told = set(OutgoingEmail.objects.filter(kind__startswith="codes_locked").values_list("kind", "to"))
    assert told == {
        ("codes_locked", "ben.okafor@example.com"),
        ("codes_locked_for_administrator", "ada.lindqvist@example.com"),
        ("codes_locked_for_administrator", gil.user.email),
    }
    assert AuditEntry.objects.filter(action="second_factor.locked", target="Ben Okafor").count() == 1
    assert "Locked until" in seen


def signed_page_of(membership, path):
    from conftest import signed_in_client

    return signed_in_client(membership).get(path).content.decode()


def test_a_right_code_forgets_the_wrong_ones_before_it(client, cast):
    knock(client, "/login/", "ada.lindqvist@example.com")
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert User.objects.get(pk=cast["ada"].user_id).wrong_codes == 1

    client.post(reverse("mfa_authenticate"), {"code": present_code()})

    assert User.objects.get(pk=cast["ada"].user_id).wrong_codes == 0


def test_the_last_factor_stays_where_one_is_mandatory(sign_in, cast):
    browser = sign_in("ada")

    answer = browser.post("/account/second-factor/app/remove/")

    assert Authenticator.objects.filter(user=cast["ada"].user, type="totp").exists()
    assert "You need at least one" in answer.content.decode()


def test_the_last_passkey_stays_too(sign_in, cast):
    Authenticator.objects.filter(user=cast["ada"].user).delete()
    key = Authenticator.objects.create(user=cast["ada"].user, type="webauthn", data={"name": "Laptop"})

    answer = sign_in("ada").post(reverse("accounts:passkey_removal", args=[key.pk]))

    assert answer.status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_organization_users_may_remove_theirs(sign_in, cast):
    give_app(cast["otto"].user)

    sign_in("otto").post("/account/second-factor/app/remove/")

    assert not Authenticator.objects.filter(user=cast["otto"].user).exists()


def test_looking_after_factors_asks_for_the_password_again_after_ten_minutes(sign_in, cast):
    browser = sign_in("ada")
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        answer = browser.get("/account/second-factor/passkey/")

    assert answer.url.startswith("/confirm/")


def test_a_session_that_skipped_the_factor_is_ended(sign_in, cast):
    browser = sign_in("ada")
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session.save()

    answer = browser.get("/dashboard/")

    assert answer.url == "/login/"
    assert browser.get("/account/").status_code == 302


def test_new_recovery_codes_replace_the_old(sign_in, cast):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    old = RecoveryCodes.activate(cast["ada"].user).get_unused_codes()
    browser = sign_in("ada")

    page = browser.get(browser.post("/account/second-factor/codes/renew/").url)

    assert not set(page.context["codes"]) & set(old)
