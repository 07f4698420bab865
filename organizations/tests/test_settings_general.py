"""Settings, General: whom to quote to support, for the partner's people and the client's own."""

import pytest
from django.urls import reverse

from accounts.roles import Role
from accounts.tests.factories import make_member, make_user
from organizations.tests.factories import make_connection


@pytest.fixture
def page(acme):
    return reverse("organizations:settings_general", args=[acme.uuid])


def test_who_may_read_acmes_general_settings(sign_in, page):
    expected = {"ada": 200, "ben": 200, "cora": 403, "otto": 200, "pia": 404, "rita": 404}

    assert {who: sign_in(who).get(page).status_code for who in expected} == expected


@pytest.mark.parametrize("who", ["ben", "otto"])
def test_everybody_inside_finds_what_support_asks_for(sign_in, page, acme, northwind, who):
    northwind.phone, northwind.city, northwind.country = "020 7946 0182", "Bristol", "GB"
    northwind.save()
    acme.address, acme.country, acme.subdivision, acme.billing_contact = "3 Mill Lane", "GB", "GB-BAS", "Otto Brandt"
    acme.save()
    make_connection(acme, domains=["acmedental.example"])

    text = sign_in(who).get(page).content.decode()

    for words in (
        "Northwind IT", str(northwind.uuid), acme.client_id, "Ada Lindqvist, Administrator", "020 7946 0182",
        "Bristol", "United Kingdom", "Microsoft 365", "acmedental.example", "3 Mill Lane", "Otto Brandt",
    ):  # fmt: skip
        assert words in text, words
    assert text.count("data-copy=") == 2


def test_the_contact_is_the_first_administrator_who_can_sign_in_by_name_only(sign_in, page, cast, northwind):
    make_member(make_user("Gil", "Abara"), northwind, Role.ADMINISTRATOR)
    cast["ada"].user.is_active = False
    cast["ada"].user.save()

    text = sign_in("otto").get(page).content.decode()

    assert "Gil Abara, Administrator" in text
    assert "Ada Lindqvist" not in text
    assert "gil.abara@example.com" not in text


def test_nothing_is_promised_about_where_and_how_long_data_is_kept(sign_in, page):
    text = sign_in("ada").get(page).content.decode()

    assert "Not connected" in text
    assert not any(words in text for words in ("Frankfurt", "Kept for", "retained", "encrypted"))


def test_only_administrators_are_shown_the_way_to_the_companys_record(sign_in, page):
    shown = {who: "settings/company/" in sign_in(who).get(page).content.decode().partition("Provided by")[2]
             for who in ("ada", "ben", "otto")}  # fmt: skip

    assert shown == {"ada": True, "ben": False, "otto": False}


def test_the_page_only_reads(sign_in, page, django_assert_max_num_queries):
    browser = sign_in("ada")
    browser.get(page)

    with django_assert_max_num_queries(16):
        browser.get(page)
