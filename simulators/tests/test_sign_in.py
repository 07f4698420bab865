"""People of a tenant sign in for Portico: code, proof key, id token."""

import base64
import hashlib

import httpx
import jwt
import pytest

from simulators.tests.clients import Browser, ask_for_token, fetch, parameters_of

CALLBACK, VERIFIER = "http://localhost/callback", "a" * 64
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
EVERYBODY = "b79fbf4d-3ef9-4689-8143-76b194e85509"


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _address(microsoft, tenant: str, **changes) -> str:
    query = {
        "client_id": microsoft.apps["backup"].client_id,
        "response_type": "code",
        "response_mode": "query",
        "scope": "openid profile",
        "redirect_uri": CALLBACK,
        "state": "s1",
        "nonce": "n1",
        "code_challenge": _challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    query = {name: value for name, value in (query | changes).items() if value is not None}
    return str(httpx.URL(f"{microsoft.login_url}/{tenant}/oauth2/v2.0/authorize", params=query))


def _signed_in(microsoft, tenant: dict, who: str = "admin_id") -> tuple[Browser, str]:
    """Return a browser in which somebody has just signed in, and the code."""
    browser = Browser()
    browser.open(_address(microsoft, tenant["id"]))
    answer = browser.press(step="sign_in", person=tenant[who])
    return browser, parameters_of(answer)["code"]


def _redeem(microsoft, tenant: dict, code: str, /, **changes) -> httpx.Response:
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return ask_for_token(microsoft, tenant["id"], **(form | {"scope": None, "code": code} | changes))


@pytest.mark.parametrize(("who", "wids"), [("admin_id", [GLOBAL_ADMINISTRATOR, EVERYBODY]), ("user_id", [EVERYBODY])])
def test_an_id_token_says_who_signed_in_and_what_they_are(microsoft, dental, who, wids):
    _, code = _signed_in(microsoft, dental, who)

    body = _redeem(microsoft, dental, code).json()

    configuration = fetch(f"{microsoft.login_url}/{dental['id']}/v2.0/.well-known/openid-configuration").json()
    key = jwt.PyJWKClient(configuration["jwks_uri"]).get_signing_key_from_jwt(body["id_token"])
    client_id = microsoft.apps["backup"].client_id
    issuer = configuration["issuer"]
    claims = jwt.decode(body["id_token"], key.key, algorithms=["RS256"], audience=client_id, issuer=issuer)
    assert (claims["tid"], claims["oid"], claims["wids"]) == (dental["id"], dental[who], wids)
    assert (claims["nonce"], claims["ver"]) == ("n1", "2.0")
    assert claims["preferred_username"] == dental[who.replace("_id", "_upn")]
    assert issuer == f"{microsoft.login_url}/{dental['id']}/v2.0"
    assert {"access_token", "token_type", "expires_in"} <= set(body)


def test_who_is_signed_in_goes_straight_back(microsoft, dental):
    browser, _ = _signed_in(microsoft, dental)

    told = parameters_of(browser.open(_address(microsoft, "organizations", prompt="none")))

    assert (told["state"], bool(told["code"])) == ("s1", True)


def test_nobody_is_asked_when_the_app_says_so(microsoft, dental):
    told = parameters_of(Browser().open(_address(microsoft, dental["id"], prompt="none")))

    assert told["error"] == "login_required"
    assert "AADSTS50058" in told["error_description"]


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_an_app_may_insist_on_a_choice(microsoft, dental, prompt):
    browser, _ = _signed_in(microsoft, dental)

    page = browser.open(_address(microsoft, dental["id"], prompt=prompt))
    told = parameters_of(browser.press(step="sign_in", person=dental["user_id"]))

    assert "Sign in" in page.text
    claims = jwt.decode(
        _redeem(microsoft, dental, told["code"]).json()["id_token"], options={"verify_signature": False}
    )
    assert claims["oid"] == dental["user_id"]


def test_somebody_of_another_tenant_must_sign_in_again(microsoft, dental):
    browser, _ = _signed_in(microsoft, dental)
    bolt = microsoft.add_tenant("Bolt Bakery", "bolt-bakery.example", "tiny", seed=2)

    page = browser.open(_address(microsoft, bolt["id"]))

    assert page.status_code == 200
    assert bolt["admin_upn"] in page.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code_challenge": None}, "Proof Key"),
        ({"code_challenge_method": "plain"}, "S256"),
        ({"response_type": "token"}, "response_type"),
        ({"response_mode": "fragment"}, "response_mode"),
        ({"scope": "profile"}, "openid"),
        ({"prompt": "please"}, "Unsupported prompt"),
    ],
)
def test_a_mistake_of_the_app_goes_back_to_the_app(microsoft, dental, changes, words):
    told = parameters_of(Browser().open(_address(microsoft, dental["id"], **changes)))

    assert (told["error"], told["state"]) == ("invalid_request", "s1")
    assert words in told["error_description"]


def test_a_strange_address_to_return_to_gets_nothing(microsoft, dental):
    page = Browser().open(_address(microsoft, dental["id"], redirect_uri="http://evil.example/"))

    assert (page.status_code, "AADSTS50011" in page.text) == (400, True)


def test_a_code_is_good_once(microsoft, dental):
    _, code = _signed_in(microsoft, dental)

    answers = [_redeem(microsoft, dental, code) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["error_codes"] == [54005]


def test_a_code_lives_ten_minutes(microsoft, dental):
    _, code = _signed_in(microsoft, dental)
    microsoft.advance(601)

    answer = _redeem(microsoft, dental, code)

    assert (answer.json()["error"], answer.json()["error_codes"]) == ("invalid_grant", [70008])


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"code_verifier": "b" * 64}, 501481),
        ({"redirect_uri": "http://localhost/other"}, 50011),
        ({"code": "made up"}, 70000),
        ({"app": "restore"}, 70000),
        ({"code_verifier": None}, 900144),
        ({"client_secret": "guess"}, 7000215),
        ({"grant_type": "password"}, 70003),
    ],
)
def test_a_code_is_bound_to_its_sign_in(microsoft, dental, changes, number):
    _, code = _signed_in(microsoft, dental)

    answer = _redeem(microsoft, dental, code, **changes)

    assert answer.json()["error_codes"] == [number]


def test_a_token_of_a_person_opens_no_door_of_an_app(microsoft, dental, graph):
    _, code = _signed_in(microsoft, dental)
    body = _redeem(microsoft, dental, code).json()

    by_token, by_id = (
        fetch(f"{microsoft.graph_url}/v1.0/users", Authorization=f"Bearer {body[name]}")
        for name in ("access_token", "id_token")
    )

    assert (by_token.status_code, by_id.status_code) == (403, 401)
