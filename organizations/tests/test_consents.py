"""The trip to Microsoft and back: only the answer this session asked for is taken; even that only names a tenant."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from conftest import signed_in_client
from jobs.models import Job
from organizations.actions.connections import LinkedElsewhere, connect, disconnect, note_access_lost, note_roles
from organizations.actions.consent_endings import refuse, settle_proved
from organizations.models import Connection, Consent, Organization, SourceApp
from organizations.models.organization import ConnectionState
from organizations.permissions import BACKUP
from organizations.tests.factories import make_connection, make_item, make_organization, make_source_app

TENANT = "6f1c3b52-0000-4000-8000-00000000acde"
ALL_ROLES = [permission.name for permission in BACKUP]
ANSWER, SIGNED_IN = "/connect/microsoft-365/consented/", "/connect/microsoft-365/signed-in/"


@pytest.fixture
def apps(db):
    return {purpose: make_source_app(purpose) for purpose in SourceApp.Purpose.values}


def page_of(organization):
    return reverse("organizations:connection_detail", args=[organization.uuid])


def start(browser, organization, purpose="BACKUP"):
    """Click on Connect; return where Microsoft is and what it is asked."""
    answer = browser.post(reverse("organizations:consent_start", args=[organization.uuid, purpose]))
    address = urlsplit(answer.url)
    return address, {name: values[0] for name, values in parse_qs(address.query).items()}


def come_back(browser, state, **fields):
    return browser.get(ANSWER, {"admin_consent": "True", "tenant": TENANT, "state": state, **fields})


def words_of(browser, organization):
    return browser.get(page_of(organization)).content.decode()


def proved(organization, actor, *, connection=None, purpose=SourceApp.Purpose.BACKUP, tenant=TENANT, roles=None):
    """Make a trip whose tenant a worker proved."""
    now = timezone.now()
    consent = Consent.objects.create(
        organization=organization, purpose=purpose, connection=connection, state=Consent.State.PROVING,
        started_by=actor, started_at=now, expires_at=now + timedelta(minutes=30), session_fingerprint="-",
        consent_fingerprint="-", tenant_id=tenant, administrator="admin@acme.example",
    )  # fmt: skip
    roles = ALL_ROLES if roles is None else roles
    return settle_proved(consent=consent, tenant_name="Acme", domains=["acme.example"], roles=roles, now=now)


def test_the_browser_is_sent_to_microsofts_consent_page_for_our_app(sign_in, acme, apps):
    address, asked = start(sign_in("ada"), acme)

    assert address.geturl().startswith(f"{settings.MICROSOFT_LOGIN_URL}/organizations/v2.0/adminconsent?")
    assert asked["client_id"] == apps["BACKUP"].client_id
    assert asked["scope"] == "https://graph.microsoft.com/.default"
    assert asked["redirect_uri"] == settings.BASE_URL + ANSWER


def test_a_consent_leads_on_to_the_sign_in_of_that_tenant_and_then_to_a_worker(sign_in, acme, apps):
    browser = sign_in("ada")
    _, asked = start(browser, acme)

    onward = come_back(browser, asked["state"]).url
    query = {name: values[0] for name, values in parse_qs(urlsplit(onward).query).items()}
    answer = browser.get(SIGNED_IN, {"code": "a-code", "state": query["state"]})

    assert onward.startswith(f"{settings.MICROSOFT_LOGIN_URL}/{TENANT}/oauth2/v2.0/authorize?")
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"] == settings.BASE_URL + SIGNED_IN
    assert answer.url == page_of(acme)
    consent = Consent.objects.get()
    assert consent.state == Consent.State.PROVING
    assert consent.unseal(consent.sealed_code) == "a-code"
    assert "a-code" not in consent.sealed_code
    assert Job.objects.get(kind="prove_consent").subject_id == consent.pk
    assert not Connection.objects.exists()


def forged(browser, asked):
    return come_back(browser, "forged" + asked["state"])


def of_our_secret_for_another_purpose(browser, asked):
    from django.core import signing

    return come_back(browser, signing.dumps({"consent": str(Consent.objects.get().uuid), "token": "x"}))


def replayed(browser, asked):
    come_back(browser, asked["state"])
    return come_back(browser, asked["state"])


def replaced(browser, asked):
    start(browser, Organization.objects.get(name="Acme Dental"))
    return come_back(browser, asked["state"])


def late(browser, asked):
    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        session = browser.session
        session["seen_at"] = timezone.now().timestamp()
        session.save()
        return come_back(browser, asked["state"])


def without_a_state(browser, asked):
    return browser.get(ANSWER, {"admin_consent": "True", "tenant": TENANT})


def at_the_wrong_step(browser, asked):
    return browser.get(SIGNED_IN, {"code": "a-code", "state": asked["state"]})


@pytest.mark.parametrize(
    ("trick", "words"),
    [
        (forged, "does not belong to anything that was asked"),
        (of_our_secret_for_another_purpose, "does not belong to anything that was asked"),
        (without_a_state, "does not belong to anything that was asked"),
        (replayed, "was used already"),
        (replaced, "a newer attempt replaced it"),
        (late, "later than 30 minutes"),
        (at_the_wrong_step, "was used already, or a newer attempt"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_answer_nobody_waits_for_changes_nothing_and_is_written_down(sign_in, acme, apps, trick, words):
    browser = sign_in("ada")
    _, asked = start(browser, acme)

    answer = trick(browser, asked)

    shown = answer.content.decode() if answer.status_code == 400 else browser.get(answer.url).content.decode()
    assert words in shown
    assert "Nothing was changed" in shown
    assert not Connection.objects.exists()
    assert not Job.objects.filter(kind="prove_consent").exists()
    entry = AuditEntry.objects.get(action="consent.unasked")
    assert words in entry.details["reason"]


def test_a_trip_that_a_newer_one_replaces_is_written_down_as_ended(sign_in, acme, apps):
    browser = sign_in("ada")
    for _ in range(2):
        start(browser, acme)

    refused = AuditEntry.objects.get(action="consent.refused", organization_id=acme.pk)

    assert refused.details["reason"] == "Another attempt was started."
    assert sorted(Consent.objects.values_list("state", flat=True)) == ["REFUSED", "STARTED"]


def test_an_answer_of_another_session_is_refused(cast, acme, apps):
    here, there = signed_in_client(cast["ada"]), signed_in_client(cast["ada"])
    _, asked = start(here, acme)

    answer = come_back(there, asked["state"])

    assert "another browser session" in there.get(answer.url).content.decode()
    assert Consent.objects.get().state == Consent.State.STARTED
    assert come_back(here, asked["state"]).url.startswith(settings.MICROSOFT_LOGIN_URL)


def test_an_answer_carried_to_a_rival_looks_like_a_forged_one(sign_in, acme, apps):
    _, asked = start(sign_in("ada"), acme)

    answer = come_back(sign_in("rita"), asked["state"])

    assert answer.status_code == 400
    assert b"Acme" not in answer.content
    assert AuditEntry.objects.get(action="consent.unasked").organization_id is None
    assert Consent.objects.get().state == Consent.State.STARTED


def test_a_colleague_cannot_use_my_answer(sign_in, acme, apps):
    _, asked = start(sign_in("ada"), acme)

    answer = come_back(sign_in("ben"), asked["state"])

    assert answer.url == page_of(acme)
    assert Consent.objects.get().state == Consent.State.STARTED


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"admin_consent": "", "tenant": "", "error": "access_denied"}, "did not accept"),
        ({"admin_consent": "", "tenant": "", "error": "server_error", "error_description": "<b>x</b>"},
         "without a consent"),
        ({"tenant": "not-a-tenant"}, "without a consent"),
        ({"tenant": ""}, "without a consent"),
        ({"admin_consent": "False"}, "without a consent"),
        ({"tenant": "x" * 10_000}, "without a consent"),
    ],
)  # fmt: skip
def test_a_refusal_is_explained_in_our_words_and_ends_the_trip(sign_in, acme, apps, fields, words):
    browser = sign_in("ada")
    _, asked = start(browser, acme)

    answer = come_back(browser, asked["state"], **fields)

    shown = browser.get(answer.url).content.decode()
    assert words in shown
    assert "<b>x</b>" not in shown
    assert Consent.objects.get().state == Consent.State.REFUSED
    assert AuditEntry.objects.filter(action="consent.refused", organization_id=acme.pk).count() == 1


def test_a_sign_in_without_a_code_ends_the_trip(sign_in, acme, apps):
    browser = sign_in("ada")
    _, asked = start(browser, acme)
    query = parse_qs(urlsplit(come_back(browser, asked["state"]).url).query)

    browser.get(SIGNED_IN, {"error": "access_denied", "state": query["state"][0]})

    assert Consent.objects.get().state == Consent.State.REFUSED
    assert not Job.objects.exists()


def test_a_proved_tenant_waits_for_somebody_who_recognises_it(sign_in, cast, acme, apps):
    consent = proved(acme, cast["ada"].user)
    browser = sign_in("ada")
    shown = words_of(browser, acme)

    answer = browser.post(reverse("organizations:consent_confirm", args=[acme.uuid, consent.uuid]), follow=True)

    assert "acme.example" in shown
    assert "Is this Acme Dental’s tenant?" in shown
    assert answer.redirect_chain == [(reverse("organizations:settings_services", args=[acme.uuid]), 302)]
    connection = Connection.objects.get()
    assert (connection.state, connection.tenant_id, connection.domains) == ("CONNECTED", TENANT, ["acme.example"])
    acme.refresh_from_db()
    assert (acme.connection_state, acme.domain) == ("CONNECTED", "acme.example")
    assert Job.objects.get(kind="discover").subject_id == connection.pk
    assert connection.discovery == Connection.Discovery.QUEUED


def test_confirming_twice_connects_once(cast, acme, apps):
    consent = proved(acme, cast["ada"].user)

    pair = [connect(consent=consent, actor=cast["ada"].user, now=timezone.now()) for _ in range(2)]

    assert pair[0] == pair[1] == Connection.objects.get()
    assert AuditEntry.objects.filter(action="connection.created").count() == 1


def test_saying_no_connects_nothing(sign_in, cast, acme, apps):
    consent = proved(acme, cast["ada"].user)

    sign_in("ada").post(reverse("organizations:consent_decline", args=[acme.uuid, consent.uuid]))

    consent.refresh_from_db()
    assert consent.state == Consent.State.REFUSED
    assert not Connection.objects.exists()


def test_a_tenant_that_is_linked_already_is_refused_and_a_rivals_client_is_never_named(cast, acme, bolt, rival, apps):
    make_connection(make_organization(rival, "Secret Client"), TENANT)

    elsewhere = proved(acme, cast["ada"].user)

    assert elsewhere.state == Consent.State.REFUSED
    assert "another organization in Portico" in elsewhere.problem
    assert "Secret" not in elsewhere.problem


def test_a_tenant_of_an_own_client_is_named(cast, acme, bolt, apps):
    make_connection(bolt, TENANT)

    elsewhere = proved(acme, cast["ada"].user)

    assert "your client Bolt Bakery" in elsewhere.problem


def test_two_clients_that_prove_the_same_tenant_at_once_cannot_both_have_it(cast, acme, bolt, apps):
    first, second = proved(acme, cast["ada"].user), proved(bolt, cast["ada"].user)
    connect(consent=first, actor=cast["ada"].user, now=timezone.now())

    with pytest.raises(LinkedElsewhere, match="your client Acme Dental"):
        connect(consent=second, actor=cast["ada"].user, now=timezone.now())

    assert Connection.objects.get().organization == acme


def test_a_renewal_from_another_tenant_leaves_the_connection_alone(sign_in, acme, apps):
    connection = make_connection(acme, TENANT)
    browser = sign_in("ada")
    address, asked = start(browser, acme)

    answer = come_back(browser, asked["state"], tenant="6f1c3b52-0000-4000-8000-00000000ffff")

    assert address.path.endswith(f"/{TENANT}/v2.0/adminconsent")
    assert "another tenant than the one Acme Dental is connected to" in browser.get(answer.url).content.decode()
    connection.refresh_from_db()
    assert connection.tenant_id == TENANT


def test_a_renewal_brings_access_back_at_once(cast, acme, apps):
    connection = make_connection(acme, TENANT)
    note_access_lost(connection=connection, reason="The consent was withdrawn.", now=timezone.now())

    proved(acme, cast["ada"].user, connection=connection)

    connection.refresh_from_db()
    assert (connection.state, connection.problem) == (ConnectionState.CONNECTED, "")
    actions = AuditEntry.objects.filter(organization_id=acme.pk).order_by("number").values_list("action", flat=True)
    assert list(actions) == [
        "connection.access_lost", "consent.proved", "connection.renewed", "connection.access_regained",
    ]  # fmt: skip


def test_a_renewal_is_written_down_with_what_it_changed(cast, acme, apps):
    connection = make_connection(acme, TENANT, roles=ALL_ROLES[:-1], tenant_name="Acme", domains=["acme.example"],
                                 state=ConnectionState.NEEDS_CONSENT)  # fmt: skip

    proved(acme, cast["ada"].user, connection=connection)

    details = AuditEntry.objects.get(action="connection.renewed").details
    assert details["missing_permissions"] == [ALL_ROLES[-1], "none"]
    assert "tenant_name" not in details


def test_other_permissions_missing_than_before_are_named_anew(acme, apps):
    connection = make_connection(acme, TENANT)
    for lacking in (-1, -2):
        roles = [role for role in ALL_ROLES if role != ALL_ROLES[lacking]]
        for _ in range(2):
            connection = note_roles(connection=connection, roles=roles, now=timezone.now())

    assert ALL_ROLES[-2] in connection.problem
    assert ALL_ROLES[-1] not in connection.problem
    assert AuditEntry.objects.filter(action="connection.permissions_missing").count() == 2


def test_missing_permissions_are_listed_on_the_page(sign_in, cast, acme, apps):
    consent = proved(acme, cast["ada"].user, roles=ALL_ROLES[:-1])
    connect(consent=consent, actor=cast["ada"].user, now=timezone.now())

    shown = words_of(sign_in("ada"), acme)

    assert Connection.objects.get().state == ConnectionState.NEEDS_CONSENT
    assert "1 permission missing" in shown
    assert ALL_ROLES[-1] in shown
    note_roles(connection=Connection.objects.get(), roles=ALL_ROLES, now=timezone.now())
    assert "permission missing" not in words_of(sign_in("ada"), acme)


def test_restores_are_a_consent_of_their_own(sign_in, cast, acme, apps):
    browser = sign_in("ada")
    too_early = browser.post(reverse("organizations:consent_start", args=[acme.uuid, "RESTORE"]), follow=True)
    connection = make_connection(acme, TENANT, roles=ALL_ROLES)
    _, asked = start(browser, acme, "RESTORE")

    proved(acme, cast["ada"].user, connection=connection, purpose="RESTORE", roles=["Mail.ReadWrite"])

    assert b"Connect Microsoft 365 for backup first" in too_early.content
    assert asked["client_id"] == apps["RESTORE"].client_id != apps["BACKUP"].client_id
    connection.refresh_from_db()
    assert connection.restore_roles == ["Mail.ReadWrite"]
    assert connection.roles == ALL_ROLES


def test_disconnecting_keeps_what_was_found_and_connecting_again_goes_on_from_there(sign_in, cast, acme, apps):
    connect(consent=proved(acme, cast["ada"].user), actor=cast["ada"].user, now=timezone.now())
    connection = Connection.objects.get()
    item = make_item(connection, "Eva Lindholm", is_chosen=True)
    browser = sign_in("ada")
    asked = browser.get(reverse("organizations:connection_end", args=[acme.uuid])).content.decode()

    browser.post(reverse("organizations:connection_end", args=[acme.uuid]))
    connection.refresh_from_db()
    item.refresh_from_db()
    assert (connection.state, item.is_chosen) == ("DISCONNECTED", True)
    assert "Everything saved stays" in asked

    connect(consent=proved(acme, cast["ada"].user), actor=cast["ada"].user, now=timezone.now())
    again = Connection.objects.get()
    assert (again.pk, again.state, again.disconnected_at) == (connection.pk, "CONNECTED", None)


def test_a_disconnected_tenant_may_be_connected_to_another_client(cast, acme, bolt, apps):
    connection = make_connection(acme, TENANT)
    disconnect(connection=connection, actor=cast["ada"].user, now=timezone.now())

    connect(consent=proved(bolt, cast["ada"].user), actor=cast["ada"].user, now=timezone.now())

    assert Connection.objects.in_use().get().organization == bolt


def test_what_a_former_tenant_held_counts_as_protected_no_longer(cast, acme, apps):
    former = make_connection(acme, "6f1c3b52-0000-4000-8000-00000000ffff")
    item = make_item(former, "Eva Lindholm", is_chosen=True)
    disconnect(connection=former, actor=cast["ada"].user, now=timezone.now())

    connect(consent=proved(acme, cast["ada"].user), actor=cast["ada"].user, now=timezone.now())

    item.refresh_from_db()
    acme.refresh_from_db()
    assert (item.presence, item.protection, item.is_chosen) == ("GONE", "NOT_AVAILABLE", True)
    assert (acme.users_protected, acme.users_eligible) == (0, 0)
    assert AuditEntry.objects.get(action="item.gone").details["count"] == 1


def test_losing_access_twice_is_one_entry(acme, apps):
    connection = make_connection(acme, TENANT)

    for _ in range(2):
        note_access_lost(connection=connection, reason="The consent was withdrawn.", now=timezone.now())

    assert AuditEntry.objects.filter(action="connection.access_lost").count() == 1
    acme.refresh_from_db()
    assert acme.connection_state == ConnectionState.ACCESS_LOST


def test_a_trip_that_is_over_stays_as_it_ended(cast, acme, apps):
    consent = proved(acme, cast["ada"].user)
    connect(consent=consent, actor=cast["ada"].user, now=timezone.now())

    refuse(consent=consent, reason="late", now=timezone.now())

    consent.refresh_from_db()
    assert consent.state == Consent.State.DONE


def test_without_a_registered_app_the_page_says_who_has_to_act(sign_in, acme):
    browser = sign_in("ada")

    answer = browser.post(reverse("organizations:consent_start", args=[acme.uuid, "BACKUP"]), follow=True)

    assert b"has no app registration" in answer.content
    assert not Consent.objects.exists()


@pytest.mark.parametrize("name", ["connection_detail", "connection_end"])
def test_who_may_connect_a_service(sign_in, acme, name):
    make_connection(acme)
    url = reverse(f"organizations:{name}", args=[acme.uuid])
    expected = {"ada": 200, "ben": 200, "cora": 403, "otto": 404, "pia": 404, "rita": 404}

    assert {who: sign_in(who).get(url).status_code for who in expected} == expected


def test_a_page_with_the_form_may_lead_to_microsoft_and_no_other_page_may(sign_in, acme, apps):
    browser = sign_in("ada")

    policies = [browser.get(url)["Content-Security-Policy"] for url in (page_of(acme), "/dashboard/")]

    assert "form-action 'self' http://localhost:1;" in policies[0]
    assert "form-action 'self';" in policies[1]
