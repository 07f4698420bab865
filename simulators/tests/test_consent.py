"""Administrators let Portico in, or do not."""

import httpx
import pytest

from simulators.tests.clients import SCOPE, Browser, ask_for_token, parameters_of

CALLBACK = "http://localhost/callback"


@pytest.fixture
def acme_dental(microsoft):
    """A tenant nobody has let in yet."""
    return microsoft.add_tenant("Acme Dental", "acme-dental.example", "tiny", seed=1)


def _address(microsoft, tenant="organizations", version="/v2.0", **changes) -> str:
    client_id = microsoft.apps["backup"].client_id
    query = {"client_id": client_id, "scope": SCOPE, "redirect_uri": CALLBACK, "state": "s 1&2"} | changes
    return str(httpx.URL(f"{microsoft.login_url}/{tenant}{version}/adminconsent", params=query))


def test_an_administrator_reads_what_is_asked_and_accepts(microsoft, acme_dental):
    browser = Browser()
    browser.open(_address(microsoft))
    assert "Sign in" in browser.page.text

    asked = browser.press(step="sign_in", person=acme_dental["admin_id"])
    told = parameters_of(browser.press(step="accept"))

    for words in (
        "Permissions requested",
        "Review for your organization",
        "Portico Backup",
        "Northwind IT",
        "Acme Dental",
    ):
        assert words in asked.text
    assert "Read mail in all mailboxes" in asked.text
    assert asked.text.count("<details>") == len(microsoft.apps["backup"].roles)
    assert "has no words for" not in asked.text
    assert told == {"admin_consent": "True", "tenant": acme_dental["id"], "scope": SCOPE, "state": "s 1&2"}
    assert ask_for_token(microsoft, acme_dental["id"]).status_code == 200


def test_the_older_form_says_no_scope(microsoft, acme_dental):
    browser = Browser()
    browser.open(_address(microsoft, tenant=acme_dental["id"], version="", scope=""))
    browser.press(step="sign_in", person=acme_dental["admin_id"])

    told = parameters_of(browser.press(step="accept"))

    assert told == {"admin_consent": "True", "tenant": acme_dental["id"], "state": "s 1&2"}


def test_cancelling_grants_nothing(microsoft, acme_dental):
    browser = Browser()
    browser.open(_address(microsoft))
    browser.press(step="sign_in", person=acme_dental["admin_id"])

    told = parameters_of(browser.press(step="cancel"))

    assert (told["error"], told["error_subcode"], told["state"]) == ("access_denied", "cancel", "s 1&2")
    assert told["error_description"].startswith("AADSTS65004: User declined to consent")
    assert ask_for_token(microsoft, acme_dental["id"]).json()["error_codes"] == [7000229]


def test_an_ordinary_user_can_only_go_back(microsoft, acme_dental):
    browser = Browser()
    browser.open(_address(microsoft))
    page = browser.press(step="sign_in", upn=acme_dental["user_upn"].upper())
    assert "Need admin approval" in page.text

    told = parameters_of(browser.press(step="accept"))

    assert told["error"] == "access_denied"
    assert told["error_description"].startswith("AADSTS90094")
    assert "error_subcode" not in told
    assert ask_for_token(microsoft, acme_dental["id"]).json()["error_codes"] == [7000229]


def test_an_ordinary_user_may_let_the_administrator_have_a_look(microsoft, acme_dental):
    browser = Browser()
    browser.open(_address(microsoft))
    browser.press(step="sign_in", person=acme_dental["user_id"])

    again = browser.press(step="another_account")
    asked = browser.press(step="sign_in", person=acme_dental["admin_id"])

    assert "Choose an account" in again.text
    assert "Permissions requested" in asked.text


def test_who_is_signed_in_is_asked_at_once(microsoft, acme_dental):
    browser = Browser()
    browser.open(_address(microsoft))
    browser.press(step="sign_in", person=acme_dental["admin_id"])

    assert "Permissions requested" in browser.open(_address(microsoft, tenant=acme_dental["domain"])).text


def test_a_named_tenant_takes_only_its_own_people(microsoft, acme_dental):
    bolt = microsoft.add_tenant("Bolt Bakery", "bolt-bakery.example", "tiny", seed=2)
    browser = Browser()
    page = browser.open(_address(microsoft, tenant=bolt["id"]))
    assert acme_dental["admin_upn"] not in page.text

    refused = browser.press(step="sign_in", upn=acme_dental["admin_upn"])

    assert "AADSTS50020" in refused.text
    assert bolt["admin_upn"] in refused.text


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"redirect_uri": "http://localhost/elsewhere"}, "AADSTS50011"),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, "AADSTS700016"),
        ({"client_id": ""}, "AADSTS900144"),
        ({"scope": "Mail.Read"}, "AADSTS70011"),
        ({"tenant": "nobody.example"}, "AADSTS90002"),
    ],
)
def test_a_request_that_cannot_be_trusted_ends_on_a_page(microsoft, acme_dental, changes, number):
    page = Browser().open(_address(microsoft, **changes))

    assert page.status_code == 400
    assert number in page.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("nobody@acme-dental.example", "AADSTS50034"),
        ("", "Choose an account"),
        ("kim.nguyen@acme-dental.example", "50057"),
    ],
)
def test_a_wrong_name_is_answered_on_the_same_page(microsoft, acme_dental, typed, words):
    browser = Browser()
    browser.open(_address(microsoft))

    page = browser.press(step="sign_in", upn=typed)

    assert page.status_code == 400
    assert words in page.text


def test_with_many_tenants_there_is_one_list_to_search(microsoft):
    tenants = [microsoft.add_tenant(f"Client {number:02}", f"client{number:02}.example") for number in range(24)]

    page = Browser().open(_address(microsoft)).text

    assert page.count("<optgroup") == 24
    assert page.index("Client 00") < page.index("Client 23")
    assert all(tenant["admin_upn"].replace("'", "&#x27;") in page for tenant in tenants)
    assert '<label for="person">' in page
    assert '<label for="upn">' in page


def test_a_form_from_elsewhere_is_refused(microsoft, acme_dental):
    browser = Browser()
    browser.open(_address(microsoft))
    browser.press(step="sign_in", person=acme_dental["admin_id"])

    forged = browser.client.post(_address(microsoft), data={"step": "accept"})

    assert forged.status_code == 403
    assert ask_for_token(microsoft, acme_dental["id"]).status_code == 400


def test_a_consent_spreads_in_two_steps(microsoft, acme_dental):
    microsoft.consent(acme_dental, microsoft.apps["backup"].client_id, propagation=60)

    unknown = ask_for_token(microsoft, acme_dental["id"])
    microsoft.advance(31)
    powerless = ask_for_token(microsoft, acme_dental["id"])
    microsoft.advance(30)
    complete = ask_for_token(microsoft, acme_dental["id"])

    assert unknown.json()["error_codes"] == [7000229]
    assert "roles" not in _claims(powerless)
    assert _claims(complete)["roles"] == sorted(microsoft.apps["backup"].roles)


def test_a_consent_can_be_smaller_and_be_withdrawn(microsoft, acme_dental):
    client_id = microsoft.apps["backup"].client_id
    microsoft.consent(acme_dental, client_id, ["User.Read.All"])
    assert _claims(ask_for_token(microsoft, acme_dental["id"]))["roles"] == ["User.Read.All"]

    microsoft.revoke(acme_dental, client_id)

    assert ask_for_token(microsoft, acme_dental["id"]).json()["error_codes"] == [7000229]
    assert microsoft.control(f"/tenants/{acme_dental['id']}/consent") == []


def test_roles_added_later_need_another_consent(microsoft, acme_dental):
    microsoft.consent(acme_dental, microsoft.apps["backup"].client_id)
    microsoft.apps["backup"].roles.append("Chat.Read.All")
    microsoft.apps.write()

    before = _claims(ask_for_token(microsoft, acme_dental["id"]))["roles"]
    microsoft.consent(acme_dental, microsoft.apps["backup"].client_id)
    after = _claims(ask_for_token(microsoft, acme_dental["id"]))["roles"]

    assert set(after) - set(before) == {"Chat.Read.All"}


def _claims(answer: httpx.Response) -> dict:
    import jwt

    return jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
