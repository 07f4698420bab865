"""How trips to Microsoft end when something changed on the way: rights, connections, addresses, clients that wait."""

import pytest
from django.urls import reverse
from django.utils import timezone

from organizations.actions.connections import connect
from organizations.models import SourceApp
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
