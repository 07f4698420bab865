"""How trips to Microsoft end when something changed on the way: rights, connections, addresses, clients that wait."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Partner, User
from accounts.sentences import changes
from organizations.actions.connections import ConnectionProblem, LinkedElsewhere, connect, disconnect
from organizations.models import Connection, Consent, SourceApp
from organizations.models.organization import ConnectionState
from organizations.tests.factories import make_connection, make_source_app
from organizations.tests.test_consents import TENANT, page_of, proved, start, words_of

OTHER_TENANT = "6f1c3b52-0000-4000-8000-00000000ffff"


@pytest.fixture
def apps(db):
    return {purpose: make_source_app(purpose) for purpose in SourceApp.Purpose.values}


def log_of(browser, organization):
    url = reverse("organizations:organization_log", args=[organization.uuid])
    return "".join(browser.get(url + query).content.decode() for query in ("", "?show=system"))


def test_ada_reads_which_client_has_the_tenant_and_otto_does_not(sign_in, cast, acme, bolt, apps):
    make_connection(bolt, TENANT)

    proved(acme, cast["ada"].user)

    assert "your client Bolt Bakery" in words_of(sign_in("ada"), acme)
    ottos_log = log_of(sign_in("otto"), acme)
    assert "could not authorize backup" in ottos_log
    assert "connected to another organization" in ottos_log
    assert "Bolt" not in ottos_log


def test_the_log_names_no_other_client_when_two_prove_one_tenant_at_once(sign_in, cast, acme, bolt, apps):
    first, second = proved(acme, cast["ada"].user), proved(bolt, cast["ada"].user)
    connect(consent=first, actor=cast["ada"].user, now=timezone.now())

    answer = sign_in("ada").post(reverse("organizations:consent_confirm", args=[bolt.uuid, second.uuid]), follow=True)

    assert "your client Acme Dental" in answer.content.decode()
    assert "Acme Dental" not in log_of(sign_in("pia"), bolt)


def leave(member):
    member.delete()


def lose_the_product(member):
    Membership.objects.filter(pk=member.pk).update(products=[])


def be_deactivated(member):
    User.objects.filter(pk=member.user_id).update(is_active=False)


def lose_the_partner(member):
    Partner.objects.filter(pk=member.partner_id).update(is_active=False)


@pytest.mark.parametrize("what_happens", [leave, lose_the_product, be_deactivated, lose_the_partner])
def test_who_may_not_connect_any_more_renews_nothing(cast, acme, apps, what_happens):
    connection = make_connection(acme, TENANT, state=ConnectionState.ACCESS_LOST)
    what_happens(cast["ben"])

    consent = proved(acme, cast["ben"].user, connection=connection)

    assert consent.state == Consent.State.REFUSED
    assert "may not connect a service any more" in consent.problem
    connection.refresh_from_db()
    assert connection.state == ConnectionState.ACCESS_LOST
    assert not AuditEntry.objects.filter(action__in=["consent.proved", "connection.renewed"]).exists()


def test_a_renewal_that_comes_after_disconnecting_renews_nothing(cast, acme, apps):
    connection = make_connection(acme, TENANT)
    disconnect(connection=connection, actor=cast["ada"].user, now=timezone.now())

    consent = proved(acme, cast["ada"].user, connection=connection)

    assert consent.state == Consent.State.REFUSED
    assert "disconnected meanwhile" in consent.problem
    connection.refresh_from_db()
    assert (connection.state, connection.discovery) == (ConnectionState.DISCONNECTED, Connection.Discovery.IDLE)
    assert not AuditEntry.objects.filter(action="connection.renewed").exists()


def test_a_second_tenant_for_a_connected_client_is_refused_with_the_true_reason(sign_in, cast, acme, apps):
    first, second = proved(acme, cast["ada"].user), proved(acme, cast["ben"].user, tenant=OTHER_TENANT)
    connect(consent=first, actor=cast["ada"].user, now=timezone.now())

    with pytest.raises(ConnectionProblem, match="Acme Dental is connected to Acme already") as problem:
        connect(consent=second, actor=cast["ben"].user, now=timezone.now())

    assert not isinstance(problem.value, LinkedElsewhere)
    assert "Disconnect it first" in str(problem.value)
    assert Connection.objects.get().tenant_id == TENANT


def test_confirming_too_early_does_not_end_the_trip(sign_in, cast, acme, apps):
    browser = sign_in("ada")
    start(browser, acme)
    consent = Consent.objects.get()

    answer = browser.post(reverse("organizations:consent_confirm", args=[acme.uuid, consent.uuid]), follow=True)

    consent.refresh_from_db()
    assert consent.state == Consent.State.STARTED
    assert "is not proved" in answer.content.decode()


def test_a_renewal_never_takes_the_tenant_to_other_addresses_of_microsoft(sign_in, acme, apps, settings):
    make_connection(acme, TENANT)
    settings.MICROSOFT_LOGIN_URL = "https://login.microsoftonline.com"

    answer = sign_in("ada").post(reverse("organizations:consent_start", args=[acme.uuid, "BACKUP"]))

    assert answer.url == page_of(acme)
    shown = words_of(sign_in("ada"), acme)
    assert not Consent.objects.exists()
    assert TENANT in shown


def test_why_a_renewal_cannot_start_is_said_with_the_way_out(sign_in, acme, apps, settings):
    make_connection(acme, TENANT)
    settings.MICROSOFT_GRAPH_URL = "https://graph.microsoft.com"

    answer = sign_in("ada").post(reverse("organizations:consent_start", args=[acme.uuid, "BACKUP"]), follow=True)

    assert "through other addresses of Microsoft" in answer.content.decode()
    assert "Disconnect it, then connect it again" in answer.content.decode()


def test_two_domains_in_the_log_do_not_look_like_an_old_and_a_new_one(sign_in, cast, acme, apps):
    consent = proved(acme, cast["ada"].user)
    Consent.objects.filter(pk=consent.pk).update(domains=["acme.example", "acme.onmicrosoft.example"])

    connect(consent=consent, actor=cast["ada"].user, now=timezone.now())

    entry = AuditEntry.objects.get(action="connection.created")
    assert entry.details["domains"] == "acme.example, acme.onmicrosoft.example"
    assert changes(entry) == []


def test_two_permissions_for_restores_do_not_look_like_a_change_either(cast, acme, apps):
    connection = make_connection(acme, TENANT)

    proved(acme, cast["ada"].user, connection=connection, purpose="RESTORE", roles=["Mail.ReadWrite", "Team.Create"])

    assert changes(AuditEntry.objects.get(action="connection.restore_authorized")) == []


@pytest.mark.parametrize("state", ["STARTED", "CONSENTED"])
def test_nobody_is_said_to_be_at_microsoft_once_the_answer_is_late(sign_in, acme, apps, state):
    browser = sign_in("ada")
    start(browser, acme)
    Consent.objects.update(state=state)
    before = words_of(browser, acme)

    Consent.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert "An administrator is at Microsoft’s pages" in before
    assert "An administrator is at Microsoft’s pages" not in words_of(browser, acme)


def test_who_connects_again_before_the_old_look_has_ended_is_told_that_it_goes_on(cast, acme, apps):
    connection = connect(consent=proved(acme, cast["ada"].user), actor=cast["ada"].user, now=timezone.now())
    disconnect(connection=connection, actor=cast["ada"].user, now=timezone.now())

    connect(consent=proved(acme, cast["ada"].user), actor=cast["ada"].user, now=timezone.now())

    connection.refresh_from_db()
    assert connection.discovery == Connection.Discovery.QUEUED
