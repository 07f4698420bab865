"""Programs get tokens: by a secret, or by an assertion that is checked to the last claim."""

import base64
import hashlib
import time
import uuid
from functools import cache

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from portal.tests.simulator import new_certificate
from simulators.tests.clients import ask_for_token, fetch

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def _assertion(microsoft, tenant_word: str, *, pair=None, algorithm="RS256", thumb="x5t#S256", **changes) -> str:
    app = microsoft.apps["backup"]
    key, certificate = pair or (app.private_key_pem, app.certificate_pem)
    now = int(time.time())
    claims = {
        "iss": app.client_id,
        "sub": app.client_id,
        "aud": f"{microsoft.login_url}/{tenant_word}/oauth2/v2.0/token",
        "jti": str(uuid.uuid4()),
        "nbf": now,
        "exp": now + 300,
    }
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    headers = {thumb: _thumbprint(certificate, thumb)} if thumb else {}
    return jwt.encode(claims, _loaded(key), algorithm=algorithm, headers=headers)


@cache
def _loaded(key_pem: str):
    # Checking that the numbers are prime takes longer than a test.
    return serialization.load_pem_private_key(key_pem.encode(), None, unsafe_skip_rsa_key_validation=True)


def _thumbprint(certificate_pem: str, kind: str) -> str:
    der = x509.load_pem_x509_certificate(certificate_pem.encode()).public_bytes(serialization.Encoding.DER)
    digest = hashlib.sha256(der) if kind == "x5t#S256" else hashlib.sha1(der)
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()


def _ask(microsoft, tenant: dict, assertion: str) -> httpx.Response:
    form = {"client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE}
    return ask_for_token(microsoft, tenant["id"], **form)


def test_a_secret_gets_a_token_for_graph(microsoft, dental):
    answer = ask_for_token(microsoft, dental["id"])

    keys = jwt.PyJWKClient(f"{microsoft.login_url}/{dental['id']}/discovery/v2.0/keys")
    token = answer.json()["access_token"]
    key = keys.get_signing_key_from_jwt(token).key
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="https://graph.microsoft.com")
    assert (claims["tid"], claims["appid"]) == (dental["id"], microsoft.apps["backup"].client_id)
    assert claims["roles"] == sorted(microsoft.apps["backup"].roles)
    assert claims["exp"] - claims["iat"] == answer.json()["expires_in"] == 3599


@pytest.mark.parametrize("word", ["id", "domain", "initial_domain"])
def test_a_tenant_is_known_by_its_id_and_its_domains(microsoft, dental, word):
    assert ask_for_token(microsoft, dental[word]).status_code == 200


@pytest.mark.parametrize(
    ("algorithm", "thumb"), [("RS256", "x5t"), ("RS256", "x5t#S256"), ("PS256", "x5t#S256"), ("PS256", "x5t")]
)
def test_an_assertion_signed_by_the_certificate_is_as_good(microsoft, dental, algorithm, thumb):
    assertion = _assertion(microsoft, dental["id"], algorithm=algorithm, thumb=thumb)

    answer = _ask(microsoft, dental, assertion)

    assert answer.status_code == 200, answer.text
    assert jwt.decode(answer.json()["access_token"], options={"verify_signature": False})["appidacr"] == "2"


def test_an_assertion_is_good_once(microsoft, dental):
    assertion = _assertion(microsoft, dental["id"])

    answers = [_ask(microsoft, dental, assertion) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 401]
    assert answers[1].json()["error_codes"] == [700027]


@pytest.mark.parametrize(
    "changes",
    [
        {"thumb": ""},
        {"iss": "somebody"},
        {"sub": "somebody"},
        {"aud": "http://localhost/login/other/oauth2/v2.0/token"},
        {"aud": None},
        {"exp": -10},
        {"exp": 3600},
        {"exp": None},
        {"nbf": 3600},
        {"jti": None},
    ],
    ids=str,
)
def test_an_assertion_that_is_not_quite_right_is_refused(microsoft, dental, changes):
    """Times are seconds from now, so that the names of the tests are the same in every process."""
    now = int(time.time())
    changes = {name: now + value if isinstance(value, int) else value for name, value in changes.items()}

    answer = _ask(microsoft, dental, _assertion(microsoft, dental["id"], **changes))

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.json()["error_codes"] == [700027]


def test_an_assertion_by_a_strange_key_is_refused(microsoft, dental):
    stranger = new_certificate("Portico Backup")
    own = (stranger[0], microsoft.apps["backup"].certificate_pem)

    for pair in (stranger, own):
        answer = _ask(microsoft, dental, _assertion(microsoft, dental["id"], pair=pair))
        assert answer.json()["error_codes"] == [700027]


@pytest.mark.parametrize("assertion", ["", "a.b.c", "no token at all", "e30.e30.", "W10.W10.eA"])
def test_an_assertion_that_is_none_is_refused(microsoft, dental, assertion):
    assert _ask(microsoft, dental, assertion).json()["error_codes"] == [700027]


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"client_secret": "guess"}, 7000215),
        ({"client_secret": None}, 7000218),
        ({"client_id": None}, 900144),
        ({"grant_type": None}, 900144),
        ({"scope": None}, 900144),
        ({"scope": "https://graph.microsoft.com/Mail.Read"}, 70011),
        ({"grant_type": "password"}, 70003),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, 700016),
        ({"client_assertion": "a.b.c", "client_assertion_type": "saml"}, 900144),
    ],
)
def test_a_request_is_refused_with_microsofts_numbers(microsoft, dental, changes, number):
    answer = ask_for_token(microsoft, dental["id"], **changes)

    body = answer.json()
    assert answer.status_code in (400, 401)
    assert body["error_codes"] == [number]
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    assert {"error", "timestamp", "trace_id", "correlation_id"} <= set(body)


@pytest.mark.parametrize("word", ["nobody.example", "00000000-0000-4000-8000-000000000000", "organizations", "common"])
def test_a_program_must_name_a_tenant_that_exists(microsoft, dental, word):
    assert ask_for_token(microsoft, word).json()["error_codes"] == [90002]


def test_an_app_nobody_let_in_is_refused(microsoft, dental):
    answer = ask_for_token(microsoft, dental["id"], "restore")

    assert (answer.json()["error"], answer.json()["error_codes"]) == ("unauthorized_client", [7000229])


def test_the_file_of_apps_is_read_again_when_it_changes(microsoft, dental):
    microsoft.apps["backup"].secret = "rotated"
    before = ask_for_token(microsoft, dental["id"])

    microsoft.apps.write()
    after = ask_for_token(microsoft, dental["id"])

    assert (before.status_code, after.status_code) == (401, 200)


def test_a_broken_file_of_apps_is_said_to_be_broken(microsoft, dental):
    microsoft.apps.path.write_text("[{")

    answer = ask_for_token(microsoft, dental["id"])

    assert (answer.status_code, answer.json()["error_codes"]) == (503, [90033])
    assert "SIMULATOR_APPS" in answer.json()["error_description"]
    assert "SIMULATOR_APPS" in microsoft.client.get("/").text


def test_a_token_expires_with_the_simulators_clock(microsoft, dental, graph):
    assert graph.get("/organization").status_code == 200

    microsoft.advance(3600)

    answer = graph.get("/organization")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")


def test_the_well_known_addresses_name_each_other(microsoft, dental):
    for word, issuer in ((dental["domain"], dental["id"]), ("organizations", "{tenantid}")):
        base = f"{microsoft.login_url}/{word}"
        known = fetch(f"{base}/v2.0/.well-known/openid-configuration").json()
        assert known["issuer"] == f"{microsoft.login_url}/{issuer}/v2.0"
        assert known["token_endpoint"] == f"{base}/oauth2/v2.0/token"
        assert fetch(known["jwks_uri"]).json()["keys"][0]["kty"] == "RSA"
    assert fetch(f"{microsoft.login_url}/nobody.example/v2.0/.well-known/openid-configuration").status_code == 400
