"""The own account."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import PASSWORD
from accounts.tests.test_sign_in import kinds, knock
from notifications import preferences
from notifications.models import EmailPreference

NEW = "purple lanterns under seven bridges"


def typed(**changes):
    return {"first_name": "Ben", "last_name": "Okafor", "time_zone": "", "theme": "SYSTEM", **changes}


def test_name_zone_and_theme_are_ones_own_to_change(sign_in, cast):
    browser = sign_in("ben")

    browser.post("/account/", typed(first_name="Benedict", time_zone="Asia/Tokyo", theme="DARK"))

    page = browser.get("/settings/company/").content.decode()
    user = User.objects.get(pk=cast["ben"].user_id)
    assert (user.first_name, user.time_zone) == ("Benedict", "Asia/Tokyo")
    assert 'data-theme="dark"' in page
    assert "Benedict Okafor" in page


def test_times_are_shown_in_ones_own_zone(sign_in):
    browser = sign_in("ada")
    before = browser.get("/settings/activity/").content.decode()

    browser.post("/account/", typed(first_name="Ada", last_name="Lindqvist", time_zone="Asia/Tokyo"))

    assert "Times in Europe/Berlin" in before
    assert "Times in Asia/Tokyo" in browser.get("/settings/activity/").content.decode()


@pytest.mark.parametrize(("field", "value"), [("first_name", ""), ("time_zone", "Nowhere"), ("theme", "PINK")])
def test_a_malformed_field_answers_with_the_form(sign_in, cast, field, value):
    answer = sign_in("ben").post("/account/", typed(**{"last_name": "Changed", field: value}))

    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert User.objects.get(pk=cast["ben"].user_id).last_name == "Okafor"


def test_what_a_person_is_cannot_be_smuggled_in(sign_in, cast):
    sign_in("ben").post("/account/", typed(is_staff="on", email="x@example.com", role="ADMINISTRATOR"))

    user = User.objects.get(pk=cast["ben"].user_id)
    cast["ben"].refresh_from_db()
    assert (user.is_staff, user.email, cast["ben"].role) == (False, "ben.okafor@example.com", "BASIC")


def test_a_new_password_needs_the_old_one_ends_other_sessions_and_is_mailed(sign_in, cast):
    here, there = sign_in("ben"), sign_in("ben")

    wrong = here.post(reverse("accounts:password_change"), {"oldpassword": "x", "password1": NEW, "password2": NEW})
    here.post(reverse("accounts:password_change"), {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert wrong.context["form"].errors
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert kinds() == ["password_changed"]


def test_sessions_are_listed_and_ended_elsewhere(cast):
    here, there = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"}), Client()
    for browser in (here, there):
        knock(browser, "/organization/login/", "otto.brandt@example.com")
        browser.get("/account/")

    listed = here.get("/account/sessions/").context["sessions"]
    here.post(reverse("accounts:session_end_others"))

    assert [(one["browser"], one["is_current"]) for one in listed] == [
        ("Firefox on Windows", True), ("Unknown browser", False),
    ]  # fmt: skip
    assert (here.get("/account/").status_code, there.get("/account/").status_code) == (200, 302)


def test_ending_ones_own_session_is_signing_out(cast, client):
    knock(client, "/organization/login/", "otto.brandt@example.com")
    client.get("/account/")
    own = client.get("/account/sessions/").context["sessions"][0]["id"]

    answer = client.post(reverse("accounts:session_end", args=[own]))

    assert answer.url == "/organization/login/"
    assert client.get("/account/").status_code == 302


def test_newsletters_are_chosen_one_by_one_or_left_altogether(sign_in, cast):
    browser, user_id = sign_in("ben"), cast["ben"].user_id
    at_first = preferences.subscribed_categories(user_id)

    browser.post("/account/newsletters/", {"categories": ["PRODUCT", "TRAINING", "NONSENSE"]})
    chosen = preferences.subscribed_categories(user_id)
    browser.post("/account/newsletters/", {"categories": ["PRODUCT"], "none": "yes"})

    assert (at_first, chosen) == ({"STATUS", "DUE_AGAIN"}, {"PRODUCT", "TRAINING"})
    assert preferences.subscribed_categories(user_id) == set()


def test_whoever_takes_no_courses_is_not_asked_about_them(sign_in, cast):
    browser = sign_in("otto")
    page = browser.get("/account/newsletters/").content.decode()

    browser.post("/account/newsletters/", {"categories": ["PRODUCT"]})

    assert "PRODUCT" in page
    assert "DUE_AGAIN" not in page
    assert "DUE_AGAIN" in sign_in("ben").get("/account/newsletters/").content.decode()
    # The same person may be of a partner's staff elsewhere: what was not asked stays as it was.
    assert preferences.subscribed_categories(cast["otto"].user_id) == {"PRODUCT", "DUE_AGAIN"}


def test_newsletters_are_everybodys_own(sign_in, cast):
    sign_in("ben").post("/account/newsletters/", {"categories": ["PRODUCT"]})

    assert {one.user_id for one in EmailPreference.objects.all()} == {cast["ben"].user_id}
    assert EmailPreference.objects.visible_to(cast["ada"]).count() == 0
