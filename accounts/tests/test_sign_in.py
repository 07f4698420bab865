"""Two doors: who comes in where, what a wrong try learns, and how sessions end."""

import time
from datetime import timedelta
from statistics import median

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Membership
from accounts.tests.factories import PASSWORD, SEED, make_member, make_user
from notifications.models import OutgoingEmail

PARTNER_DOOR, ORGANIZATION_DOOR = "/login/", "/organization/login/"


def knock(client, door, email, password=PASSWORD, **extra):
    return client.post(door, {"login": email, "password": password}, **extra)


def present_code(seed=SEED, at=None):
    return format_hotp_value(hotp_value(seed, int((at or time.time()) // 30)))


def come_in(client, email, door=PARTNER_DOOR):
    knock(client, door, email)
    return client.post(reverse("mfa_authenticate"), {"code": present_code()})


def kinds():
    return list(OutgoingEmail.objects.order_by("id").values_list("kind", flat=True))


def test_password_and_code_lead_in(client, cast):
    first = knock(client, PARTNER_DOOR, "ada.lindqvist@example.com")
    second = client.post(first.url, {"code": present_code()})

    assert first.url == reverse("mfa_authenticate")
    assert second.url == reverse("home")
    assert client.get(reverse("dashboard")).status_code == 200
    assert AuditEntry.objects.get(action="sign_in.succeeded").actor == "Ada Lindqvist"


def test_the_address_may_be_typed_in_any_case(client, cast):
    answer = knock(client, PARTNER_DOOR, "ADA.Lindqvist@Example.com")

    assert answer.url == reverse("mfa_authenticate")


def test_the_password_alone_opens_nothing(client, cast):
    knock(client, PARTNER_DOOR, "ada.lindqvist@example.com")

    assert client.get(reverse("dashboard")).url.startswith(PARTNER_DOOR)


@pytest.mark.parametrize(
    ("who", "door", "comes_in"),
    [
        ("otto.brandt", ORGANIZATION_DOOR, True),
        ("otto.brandt", PARTNER_DOOR, False),
        ("ada.lindqvist", ORGANIZATION_DOOR, False),
    ],
)
def test_each_door_admits_its_own_people(client, cast, who, door, comes_in):
    answer = knock(client, door, f"{who}@example.com")

    assert (answer.status_code == 302) == comes_in


def test_the_wrong_door_answers_exactly_like_a_wrong_password_and_an_unknown_address(cast):
    wrong_door = knock(Client(), PARTNER_DOOR, "otto.brandt@example.com")
    wrong_password = knock(Client(), PARTNER_DOOR, "ada.lindqvist@example.com", "not the password at all")
    unknown = knock(Client(), PARTNER_DOOR, "nobody@example.com")
    errors = [str(answer.context["form"].non_field_errors()) for answer in (wrong_door, wrong_password, unknown)]

    assert len({answer.status_code for answer in (wrong_door, wrong_password, unknown)}) == 1
    assert errors[0] == errors[1] == errors[2] != ""
    assert not wrong_door.cookies.get("door")


def test_known_and_unknown_addresses_take_the_same_time(cast, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = False
    make_user("Ivy", "Stone")

    def seconds(email):
        began = time.perf_counter()
        knock(Client(), PARTNER_DOOR, email, "not the password at all")
        return time.perf_counter() - began

    for email in ("ivy.stone@example.com", "nobody@example.com"):
        seconds(email)
    known = median(seconds("ivy.stone@example.com") for _ in range(7))
    unknown = median(seconds("nobody@example.com") for _ in range(7))

    assert known / unknown == pytest.approx(1, abs=0.5)


def test_organization_pages_never_link_to_the_portal(client, cast):
    page = client.get(ORGANIZATION_DOOR).content.decode()
    knock(client, ORGANIZATION_DOOR, "otto.brandt@example.com")
    inside = client.get(reverse("home"), follow=True).content.decode()

    for address in ('href="/login/"', "/dashboard/", "/users/"):
        assert address not in page
        assert address not in inside


def test_ten_wrong_passwords_close_the_account_for_an_hour_also_for_the_right_one(cast):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(10):
            knock(Client(REMOTE_ADDR=f"192.0.2.{number}"), PARTNER_DOOR, "ada.lindqvist@example.com", "wrong password!")
        closed = knock(Client(REMOTE_ADDR="192.0.2.99"), PARTNER_DOOR, "ada.lindqvist@example.com")
        clock.shift(timedelta(hours=1, minutes=1))
        opened = knock(Client(REMOTE_ADDR="192.0.2.99"), PARTNER_DOOR, "ada.lindqvist@example.com")

    assert "too many wrong tries" in str(closed.context["form"].errors)
    assert opened.status_code == 302


def test_a_wrong_door_counts_like_a_wrong_password(cast):
    for number in range(10):
        knock(Client(REMOTE_ADDR=f"192.0.2.{number}"), PARTNER_DOOR, "otto.brandt@example.com")

    answer = knock(Client(REMOTE_ADDR="192.0.2.99"), PARTNER_DOOR, "otto.brandt@example.com")

    assert "too many wrong tries" in str(answer.context["form"].errors)


def test_a_forged_forwarding_header_does_not_fool_the_limit_per_address(cast):
    answers = [
        knock(Client(), PARTNER_DOOR, f"nobody{n}@example.com", headers={"X-Forwarded-For": f"198.51.100.{n}"})
        for n in range(12)
    ]

    assert "too many wrong tries" in str(answers[-1].context["form"].errors)


def test_a_success_after_five_failures_is_told_by_mail(client, cast):
    for number in range(5):
        knock(Client(REMOTE_ADDR=f"192.0.2.{number}"), ORGANIZATION_DOOR, "otto.brandt@example.com", "wrong password!")

    knock(client, ORGANIZATION_DOOR, "otto.brandt@example.com")

    assert kinds() == ["sign_in_after_failures"]


def test_a_browser_never_seen_before_is_told_by_mail_and_a_known_one_is_not(cast):
    known, stranger = Client(), Client()
    knock(known, ORGANIZATION_DOOR, "otto.brandt@example.com")
    known.get("/account/")
    after_first = kinds()
    known.post(reverse("account_logout"))
    knock(known, ORGANIZATION_DOOR, "otto.brandt@example.com")
    known.get("/account/")
    after_second = kinds()

    knock(stranger, ORGANIZATION_DOOR, "otto.brandt@example.com")

    assert after_first == after_second == []
    assert kinds() == ["new_sign_in"]


def test_signing_out_needs_a_post(client, cast):
    knock(client, ORGANIZATION_DOOR, "otto.brandt@example.com")

    asked = client.get(reverse("account_logout"))
    still_in = client.get("/account/").status_code
    client.post(reverse("account_logout"))

    assert (asked.status_code, still_in) == (200, 200)
    assert client.get("/account/").url.startswith(ORGANIZATION_DOOR)


def test_an_idle_session_ends_after_half_an_hour_and_leads_back_to_its_own_door(client, cast):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        knock(client, ORGANIZATION_DOOR, "otto.brandt@example.com")
        client.get("/account/")
        clock.shift(timedelta(minutes=29))
        active = client.get("/account/")
        clock.shift(timedelta(minutes=31))
        ended = client.get("/account/")

    assert active.status_code == 200
    assert ended.url == f"{ORGANIZATION_DOOR}?ended=1"


def test_a_page_that_asks_for_itself_by_a_timer_keeps_no_session_alive(client, cast):
    """Otto has gone home; his page goes on asking, and the session ends all the same, in the whole window."""
    poll = {"HX-Request": "true", "X-Poll": "1"}
    with time_machine.travel(timezone.now(), tick=False) as clock:
        knock(client, ORGANIZATION_DOOR, "otto.brandt@example.com")
        client.get("/account/")
        clock.shift(timedelta(minutes=20))
        asked = client.get("/account/", headers=poll)
        clock.shift(timedelta(minutes=11))
        ended = client.get("/account/", headers=poll)
        afterwards = client.get("/account/", headers=poll)

    assert asked.status_code == 200
    assert (ended.status_code, ended["HX-Redirect"]) == (200, f"{ORGANIZATION_DOOR}?ended=1")
    assert afterwards["HX-Redirect"] == ORGANIZATION_DOOR
    assert ended.content == b""


def test_a_busy_session_ends_after_twelve_hours(client, cast):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        knock(client, ORGANIZATION_DOOR, "otto.brandt@example.com")
        client.get("/account/")
        for _ in range(12 * 3 - 1):
            clock.shift(timedelta(minutes=20))
            last = client.get("/account/")
        clock.shift(timedelta(minutes=21))
        ended = client.get("/account/")

    assert last.status_code == 200
    assert ended.status_code == 302


def test_the_session_gets_a_new_name_when_the_password_was_right(client, cast):
    client.get(PARTNER_DOOR)
    client.get("/login/")
    before = client.session.session_key

    knock(client, ORGANIZATION_DOOR, "otto.brandt@example.com")

    assert client.session.session_key != before


def test_the_eleventh_session_ends_the_oldest(cast):
    browsers = [Client() for _ in range(11)]
    for browser in browsers:
        knock(browser, ORGANIZATION_DOOR, "otto.brandt@example.com")
        browser.get("/account/")

    assert [browser.get("/account/").status_code for browser in (browsers[0], browsers[1], browsers[10])] == [
        302, 200, 200,
    ]  # fmt: skip


def test_a_person_of_two_companies_chooses_and_the_session_remembers(client, cast, rival):
    make_member(cast["ada"].user, rival, "BASIC")
    come_in(client, "ada.lindqvist@example.com")
    other = Membership.objects.get(user=cast["ada"].user, partner=rival)

    client.post(reverse("accounts:membership_choose"), {"membership": str(other.uuid)})

    assert b"Rival Systems" in client.get(reverse("dashboard")).content
    assert client.get(reverse("accounts:member_list")).status_code == 403


@pytest.mark.parametrize("value", ["", "nonsense", "\x00", "3f0b1e7c-0000-4000-8000-000000000000"])
def test_choosing_a_company_that_is_not_mine_is_a_404(sign_in, value):
    answer = sign_in("ada").post(reverse("accounts:membership_choose"), {"membership": value})

    assert answer.status_code == 404


def test_a_membership_that_is_gone_ends_at_the_next_click(sign_in, cast):
    browser = sign_in("ben")
    assert browser.get("/dashboard/").status_code == 200

    Membership.objects.filter(pk=cast["ben"].pk).delete()

    assert browser.get("/dashboard/").url == PARTNER_DOOR
    assert "_auth_user_id" not in browser.session


def test_a_new_role_works_at_the_next_click(sign_in, cast):
    browser = sign_in("ben")
    assert browser.get("/users/").status_code == 403

    Membership.objects.filter(pk=cast["ben"].pk).update(role="ADMINISTRATOR")

    assert browser.get("/users/").status_code == 200


def test_a_disabled_person_is_out_at_the_next_click(sign_in, cast):
    browser = sign_in("ben")
    cast["ben"].user.is_active = False
    cast["ben"].user.save()

    assert browser.get("/dashboard/").status_code == 302


def test_coming_back_after_signing_in_stays_on_our_hosts(client, cast):
    answer = client.post(
        f"{ORGANIZATION_DOOR}?next=https://evil.example/",
        {"login": "otto.brandt@example.com", "password": PASSWORD, "next": "https://evil.example/"},
    )

    assert "evil" not in answer.url


@pytest.mark.parametrize("path", ["/accounts/signup/", "/signup/", "/accounts/login/", "/accounts/email/"])
def test_no_other_door_of_the_library_is_open(client, db, path):
    assert client.get(path).status_code == 404


def test_everybody_at_one_door_sees_what_was_typed_after_an_error(client, cast):
    page = knock(client, PARTNER_DOOR, "ada.lindqvist@example.com", "wrong password!!").content.decode()

    assert 'value="ada.lindqvist@example.com"' in page
    assert "wrong password!!" not in page
