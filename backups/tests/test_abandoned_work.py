"""A page that waits for a worker does not wait for ever: what nobody goes on with is ended, and the page says so."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from jobs.models import Job
from jobs.requests import request_job
from jobs.tasks import tick
from organizations.actions.site_addresses import add_site_addresses
from organizations.models import Consent, SiteAddress, SourceApp
from organizations.tests.factories import make_connection, make_source_app
from organizations.tests.test_consents import TENANT, proved, words_of


@pytest.fixture
def proving(cast, acme):
    """A trip of Ada's that a worker has been asked to prove."""
    make_source_app(SourceApp.Purpose.BACKUP)
    now = timezone.now()
    consent = Consent.objects.create(
        organization=acme, purpose="BACKUP", state=Consent.State.PROVING, started_by=cast["ada"].user, started_at=now,
        expires_at=now + timedelta(minutes=30), session_fingerprint="-", consent_fingerprint="-", tenant_id=TENANT,
        sealed_code="sealed", sealed_verifier="sealed",
    )  # fmt: skip
    request_job("prove_consent", subject_id=consent.pk, at=now, key=f"prove_consent:{consent.pk}")
    return consent


def give_up(kind):
    Job.objects.filter(kind=kind).update(state=Job.State.QUARANTINED, finished_at=timezone.now())


def test_a_proof_that_was_given_up_ends_the_trip_and_ada_may_start_again(sign_in, acme, proving):
    tick()
    proving.refresh_from_db()
    assert proving.state == Consent.State.PROVING

    give_up("prove_consent")
    tick()
    tick()

    proving.refresh_from_db()
    assert (proving.state, proving.sealed_code) == (Consent.State.REFUSED, "")
    words = words_of(sign_in("ada"), acme)
    assert "broke off several times" in words
    assert "is being checked" not in words
    assert AuditEntry.objects.filter(action="consent.refused", organization_id=acme.pk).count() == 1


def test_a_proved_tenant_nobody_confirms_for_a_day_is_not_connected_any_more(cast, acme):
    consent = proved(acme, cast["ada"].user)
    tick()
    consent.refresh_from_db()
    assert consent.state == Consent.State.PROVED

    Consent.objects.update(started_at=timezone.now() - timedelta(hours=25))
    tick()

    consent.refresh_from_db()
    assert consent.state == Consent.State.REFUSED
    assert "Nobody confirmed" in consent.problem


def test_an_address_nobody_could_look_at_is_given_back_with_the_reason(sign_in, cast, acme):
    connection = make_connection(acme, sharepoint_host="acme.sharepoint.com")
    url = "https://acme.sharepoint.com/sites/board"
    add_site_addresses(connection=connection, urls=[url], actor=cast["otto"].user, now=timezone.now())
    tick()
    assert SiteAddress.objects.get().state == SiteAddress.State.CHECKING

    give_up("check_site_addresses")
    tick()
    tick()

    address = SiteAddress.objects.get()
    assert address.state == SiteAddress.State.REFUSED
    assert "broke off several times" in address.problem
    page = sign_in("otto").get(reverse("organizations:site_address_list", args=[acme.uuid])).content.decode()
    assert "Try again" in page
    assert "every 5s" not in page
    assert AuditEntry.objects.filter(action="site_address.refused").count() == 1
