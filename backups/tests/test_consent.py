"""A consent is proved by the sign-in of an administrator, by a token of the tenant and by the tenant itself."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from backups.connectors.microsoft365.identity import NotProved, verified_administrator
from backups.connectors.microsoft365.tokens import Credential, TokenSource
from backups.engine import access
from backups.engine.consent import prove
from jobs import claims
from jobs.models import Job
from organizations.models import Connection, Consent, SourceCredential
from organizations.permissions import BACKUP, RESTORE
from simulators.tests.clients import Browser

ALL_ROLES = sorted(permission.name for permission in BACKUP)


@pytest.fixture
def dental(source):
    """Acme Dental's tenant, which nobody has consented for yet."""
    return source.add_tenant("Acme Dental", "acmedental.example", "tiny", seed=1)


def come_back(browser, address):
    """Follow a redirect of Microsoft's into the portal."""
    parts = urlsplit(address)
    return browser.get(f"{parts.path}?{parts.query}")


def go_to_microsoft(browser, organization, tenant, *, as_person="admin_id", purpose="BACKUP", signs_in_as=None):
    """Walk both of Microsoft's pages as somebody of ``tenant``; return the portal's last answer."""
    started = browser.post(reverse("organizations:consent_start", args=[organization.uuid, purpose]))
    microsoft = Browser()
    microsoft.open(started.url)
    microsoft.press(step="sign_in", person=tenant[as_person])
    accepted = microsoft.press(step="accept")
    onward = come_back(browser, accepted.headers["location"])
    if not onward.url.startswith("http"):
        return onward
    if signs_in_as:
        microsoft = Browser()
    page = microsoft.open(onward.url)
    if signs_in_as:
        page = microsoft.press(step="sign_in", person=signs_in_as)
    return come_back(browser, page.headers["location"])


def work(kind="prove_consent"):
    """Let a worker do what is due."""
    job = Job.objects.get(kind=kind, state=Job.State.QUEUED)
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    return claims.run(job.pk)


def test_the_whole_way_from_the_click_to_the_connected_tenant(sign_in, acme, source, dental):
    browser = sign_in("ada")

    go_to_microsoft(browser, acme, dental)
    assert work() == Job.State.DONE

    consent = Consent.objects.get()
    assert consent.state == Consent.State.PROVED
    assert consent.administrator == dental["admin_upn"]
    assert consent.domains[0] == "acmedental.example"
    assert consent.roles == ALL_ROLES
    assert consent.sealed_code == consent.sealed_verifier == ""
    page = browser.get(reverse("organizations:connection_detail", args=[acme.uuid])).content.decode()
    assert "acmedental.example" in page
    browser.post(reverse("organizations:consent_confirm", args=[acme.uuid, consent.uuid]))
    connection = Connection.objects.get()
    assert (connection.state, connection.tenant_id) == ("CONNECTED", dental["id"])
    assert connection.is_simulated
    assert source.unknown_calls() == []


def test_the_certificate_is_used_and_no_secret(sign_in, acme, source, dental):
    source.apps["backup"].secret = "not-known-here-at-all"
    source.apps.write()

    go_to_microsoft(sign_in("ada"), acme, dental)
    work()

    assert Consent.objects.get().state == Consent.State.PROVED
    assert not SourceCredential.objects.filter(kind="SECRET").exists()


def test_an_ordinary_user_cannot_consent(sign_in, acme, source, dental):
    go_to_microsoft(sign_in("ada"), acme, dental, as_person="user_id")

    consent = Consent.objects.get()
    assert consent.state == Consent.State.REFUSED
    assert "no administrator" in consent.problem
    assert not Job.objects.exists()


def test_an_attacker_who_names_a_consented_tenant_cannot_prove_to_be_its_administrator(sign_in, bolt, source, dental):
    """Acme consented to our app some day; somebody at another client's page sends the browser back with Acme's id."""
    source.consent(dental, source.apps["backup"].client_id)
    browser = sign_in("ada")
    started = browser.post(reverse("organizations:consent_start", args=[bolt.uuid, "BACKUP"]))
    state = parse_qs(urlsplit(started.url).query)["state"][0]

    onward = browser.get(
        "/connect/microsoft-365/consented/", {"admin_consent": "True", "tenant": dental["id"], "state": state}
    )
    microsoft = Browser()
    microsoft.open(onward.url)
    page = microsoft.press(step="sign_in", person=dental["user_id"])
    come_back(browser, page.headers["location"])
    work()

    consent = Consent.objects.get()
    assert consent.state == Consent.State.REFUSED
    assert "no Global Administrator" in consent.problem
    assert not Connection.objects.exists()


def test_a_code_of_another_sign_in_proves_nothing(sign_in, acme, source, dental):
    browser = sign_in("ada")
    go_to_microsoft(browser, acme, dental)
    consent = Consent.objects.get()
    consent.sealed_verifier = consent.seal("x" * 64)
    consent.save()

    work()

    consent.refresh_from_db()
    assert consent.state == Consent.State.REFUSED
    assert AuditEntry.objects.filter(action="consent.refused", organization_id=acme.pk).exists()


def test_a_consent_that_has_not_spread_yet_is_waited_for(sign_in, acme, source, dental):
    browser = sign_in("ada")
    client_id = source.apps["backup"].client_id
    go_to_microsoft(browser, acme, dental)
    source.consent(dental, client_id, ALL_ROLES, propagation=120)

    states = []
    for _ in range(3):
        states.append(work())
        source.advance(61)

    assert states == [Job.State.QUEUED, Job.State.QUEUED, Job.State.DONE]
    assert Consent.objects.get().state == Consent.State.PROVED


def test_who_read_microsofts_page_for_ten_minutes_has_as_long_for_the_consent_to_spread(sign_in, acme, source, dental):
    go_to_microsoft(sign_in("ada"), acme, dental)
    source.consent(dental, source.apps["backup"].client_id, ALL_ROLES, propagation=60)
    Consent.objects.update(started_at=timezone.now() - timedelta(minutes=10))

    states = [work()]
    source.advance(61)
    states.append(work())

    assert states == [Job.State.QUEUED, Job.State.DONE]
    assert (Consent.objects.get().state, Consent.objects.get().roles) == (Consent.State.PROVED, ALL_ROLES)


def test_a_key_we_do_not_hold_any_more_blames_us_and_not_the_client(sign_in, acme, source, dental, settings):
    go_to_microsoft(sign_in("ada"), acme, dental)
    settings.SOURCE_KEYS = []

    assert work() == Job.State.DONE

    consent = Consent.objects.get()
    assert consent.state == Consent.State.REFUSED
    assert "operator of Portico has to repair this" in consent.problem
    assert "Nothing was changed" in consent.problem


def test_a_tenant_with_a_name_no_database_takes_is_proved_all_the_same(sign_in, acme, source, dental):
    go_to_microsoft(sign_in("ada"), acme, dental)
    organization = {
        "id": dental["id"],
        "displayName": "Acme\x00 Dental",
        "verifiedDomains": [{"name": "a\x00.example"}],
    }
    source.fault({"status": 200, "body": {"value": [organization]}}, path="/organization")

    assert work() == Job.State.DONE

    consent = Consent.objects.get()
    assert (consent.state, consent.tenant_name, consent.domains) == (Consent.State.PROVED, "Acme Dental", ["a.example"])


def test_missing_permissions_are_taken_as_missing_once_spreading_is_over(sign_in, acme, source, dental):
    browser = sign_in("ada")
    go_to_microsoft(browser, acme, dental)
    source.consent(dental, source.apps["backup"].client_id, ["User.Read.All"])
    assert work() == Job.State.QUEUED
    Job.objects.update(requested_at=timezone.now() - timedelta(minutes=6))

    assert work() == Job.State.DONE

    assert Consent.objects.get().roles == ["User.Read.All"]


def test_a_worker_that_died_after_the_code_was_redeemed_goes_on_without_it(sign_in, acme, source, dental):
    go_to_microsoft(sign_in("ada"), acme, dental)
    source.fault({"status": 500}, path="/organization")
    assert work() in (Job.State.QUEUED, Job.State.DONE)
    assert Consent.objects.get().sealed_code == ""
    source.heal()
    Consent.objects.update(state=Consent.State.PROVING)

    prove(Consent.objects.get().pk, claim=None, now=timezone.now())

    assert Consent.objects.get().state == Consent.State.PROVED


def test_microsoft_being_busy_costs_time_only(sign_in, acme, source, dental):
    go_to_microsoft(sign_in("ada"), acme, dental)
    source.fault({"status": 429, "retry_after": 3000}, path="/oauth2/v2.0/token", times=1)

    assert work() == Job.State.QUEUED
    from backups.models import ProviderPause

    ProviderPause.objects.all().delete()
    assert work() == Job.State.DONE
    assert Consent.objects.get().state == Consent.State.PROVED


def test_a_tenant_that_answers_for_another_is_not_believed(sign_in, acme, source, dental):
    other = source.add_tenant("Other", "other.example", "tiny", seed=2)
    go_to_microsoft(sign_in("ada"), acme, dental)
    source.fault(
        {"status": 200, "body": {"value": [{"id": other["id"], "displayName": "Other", "verifiedDomains": []}]}},
        path="/organization",
    )

    work()

    assert Consent.objects.get().state == Consent.State.REFUSED


def test_restores_are_proved_the_same_way_for_the_same_tenant(sign_in, acme, source, dental):
    browser = sign_in("ada")
    go_to_microsoft(browser, acme, dental)
    work()
    consent = Consent.objects.get()
    browser.post(reverse("organizations:consent_confirm", args=[acme.uuid, consent.uuid]))

    go_to_microsoft(browser, acme, dental, purpose="RESTORE")
    work()

    connection = Connection.objects.get()
    assert connection.restore_roles == sorted(permission.name for permission in RESTORE)
    assert connection.restore_consented_at is not None
    assert connection.roles == ALL_ROLES


def test_a_wrong_certificate_blames_us_and_not_the_client(sign_in, acme, source, dental):
    go_to_microsoft(sign_in("ada"), acme, dental)
    source.apps["backup"].certificate_pem = source.apps["restore"].certificate_pem
    source.apps.write()

    work()

    consent = Consent.objects.get()
    assert consent.state == Consent.State.REFUSED
    assert "does not accept our certificate" in consent.problem


def test_while_one_certificate_replaces_another_either_works(sign_in, acme, source, dental, db):
    from organizations.actions.source_apps import add_certificate
    from organizations.models import SourceApp
    from portal.tests.simulator import new_certificate

    key, certificate = new_certificate("not uploaded yet")
    app = SourceApp.objects.get(purpose="BACKUP")
    add_certificate(app=app, pem=(certificate + key).encode(), actor="Ops", now=timezone.now())

    go_to_microsoft(sign_in("ada"), acme, dental)
    work()

    assert Consent.objects.get().state == Consent.State.PROVED


def _tokens(source, dental, http):
    app = source.apps["backup"]
    return TokenSource(
        http,
        tenant=dental["id"],
        client_id=app.client_id,
        credentials=[Credential(secret=app.secret)],
        scope="https://graph.microsoft.com/.default",
    )


def test_a_token_is_kept_until_shortly_before_it_ends(source, dental):
    source.consent(dental, source.apps["backup"].client_id)
    with access.sign_in_service() as http:
        tokens = _tokens(source, dental, http)
        first = tokens()
        kept = tokens()
        now = timezone.now()
        tokens.clock = lambda: now + timedelta(minutes=56)
        renewed = tokens.get()

    asked = [row for row in source.log(tenant=dental["id"]) if row["path"].endswith("/token")]
    assert first == kept
    assert renewed.expires_at > now + timedelta(hours=1)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nonce": "another"}, "another attempt"),
        ({"nonce": ""}, "another attempt"),
        ({"tenant": "other"}, "could not be verified"),
        ({"client_id": "3d8f0b52-1111-4000-8000-0000000000aa"}, "could not be verified"),
    ],
)
def test_an_identity_that_was_made_for_something_else_is_refused(source, dental, changes, words):
    id_token = id_token_of(source, dental, nonce="a-nonce")
    facts = {"tenant": dental["id"], "client_id": source.apps["backup"].client_id, "nonce": "a-nonce"} | changes
    if facts["tenant"] == "other":
        facts["tenant"] = source.add_tenant("Other", "other.example", "tiny", seed=2)["id"]

    with access.sign_in_service() as http, pytest.raises(NotProved, match=words):
        verified_administrator(http, id_token=id_token, **facts)


def test_an_unsigned_or_self_signed_identity_is_refused(source, dental):
    id_token = id_token_of(source, dental, nonce="a-nonce")
    claims_of = jwt.decode(id_token, options={"verify_signature": False})
    header = jwt.get_unverified_header(id_token)
    facts = {"tenant": dental["id"], "client_id": source.apps["backup"].client_id, "nonce": "a-nonce"}
    made = [
        jwt.encode(claims_of, None, algorithm="none", headers={"kid": header["kid"]}),
        jwt.encode(claims_of, "x" * 64, algorithm="HS256", headers={"kid": header["kid"]}),
        jwt.encode(claims_of, source.apps["backup"].private_key_pem, algorithm="RS256", headers={"kid": header["kid"]}),
        jwt.encode(claims_of, source.apps["backup"].private_key_pem, algorithm="RS256", headers={"kid": "other"}),
        id_token[:-8] + "AAAAAAAA",
        "nonsense",
    ]

    with access.sign_in_service() as http:
        assert verified_administrator(http, id_token=id_token, **facts).name == dental["admin_upn"]
        for token in made:
            with pytest.raises(NotProved, match="could not be verified"):
                verified_administrator(http, id_token=token, **facts)


def id_token_of(source, dental, *, nonce):
    """Sign in at Microsoft and redeem the code, as the administrator."""
    import base64
    import hashlib
    from urllib.parse import urlencode

    verifier, app = "v" * 64, source.apps["backup"]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": app.client_id, "response_type": "code", "scope": "openid profile", "nonce": nonce,
        "redirect_uri": app.redirect_uris[0], "state": "s", "code_challenge": challenge,
        "code_challenge_method": "S256",
    }  # fmt: skip
    source.consent(dental, app.client_id)
    browser = Browser()
    browser.open(f"{source.login_url}/{dental['id']}/oauth2/v2.0/authorize?{urlencode(query)}")
    page = browser.press(step="sign_in", person=dental["admin_id"])
    code = parse_qs(urlsplit(page.headers["location"]).query)["code"][0]
    with access.sign_in_service() as http:
        return _tokens(source, dental, http).redeem(code=code, verifier=verifier, redirect_uri=app.redirect_uris[0])
