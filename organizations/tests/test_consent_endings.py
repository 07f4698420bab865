"""How trips to Microsoft end when something changed on the way: rights, connections, addresses, clients that wait."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Partner, User
from organizations.actions.connections import connect, disconnect
from organizations.models import Connection, Consent, SourceApp
from organizations.models.organization import ConnectionState
from organizations.tests.factories import make_connection, make_source_app
from organizations.tests.test_consents import TENANT, proved, words_of

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
