"""The product's table of who may do what, line by line, knocked at real doors by all five kinds of people."""

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Partner
from accounts.roles import Role
from accounts.tests.factories import give_app, make_member, make_user
from conftest import signed_in_client
from support.tests.factories import make_staff, make_ticket

# Administrator, Accountant with and without the product and billing, Basic, a client's own person, platform staff.
KINDS = ("ada", "cleo", "cora", "ben", "otto", "sam")


def may(kinds: str) -> frozenset[str]:
    return frozenset(kinds.split())


STAFF, WITH_PRODUCT, INSIDE = may("ada cleo cora ben"), may("ada cleo ben"), may("ada cleo ben otto")
ALL, ADMINISTRATORS, PAYERS, NOBODY = STAFF | may("otto sam"), may("ada"), may("ada cleo"), may("")
# Shown, asked to confirm or sent on, or told what is missing.
LETS_IN = (200, 302, 400, 409, 422)

# The capability in the words of the table, how one knocks, at which door, and who gets in.
PORTAL = [
    ("View Dashboard", "GET", "dashboard", STAFF),
    ("View My Contacts", "GET", "support:contact_list", STAFF),
    ("View tickets of the company", "GET", "support:ticket_list", STAFF),
    ("Create ticket", "POST", "support:ticket_create", STAFF),
    ("Comment on ticket", "POST", "support:ticket_detail ticket", STAFF),
    ("Change state of a colleague's ticket", "POST", "support:ticket_close ticket", ADMINISTRATORS),
    ("View and edit own account", "POST", "accounts:profile_edit", ALL),
    ("Edit own newsletter preferences", "POST", "accounts:newsletter_edit", ALL),
    ("View organization information", "GET", "accounts:partner_detail", STAFF),
    ("Edit organization information", "POST", "accounts:partner_edit", ADMINISTRATORS),
    ("List portal users", "GET", "accounts:member_list", ADMINISTRATORS),
    ("Create portal user", "POST", "accounts:member_create", ADMINISTRATORS),
    ("Edit portal user, change role and products", "POST", "accounts:member_edit pete", ADMINISTRATORS),
    ("Delete portal user", "POST", "accounts:member_delete pete", ADMINISTRATORS),
    ("Reset another user's password", "POST", "accounts:member_reset pete password", ADMINISTRATORS),
    ("Reset another user's MFA", "POST", "accounts:member_reset pete second-factor", ADMINISTRATORS),
    ("Ask for billing of a person", "POST", "accounts:billing_request pete", ADMINISTRATORS),
    ("Open billing for a person", "POST", "accounts:billing_open pete", NOBODY),
    ("View invoices, statements, usage, A/R, transactions", "GET", "billing:overview", PAYERS),
    ("Pay", "GET", "billing:payment_create", PAYERS),
    ("Manage payment methods", "GET", "billing:method_list", PAYERS),
    ("Take training", "GET", "training:course_list", STAFF),
    ("Manage API keys", "POST", "accounts:api_key_create", ADMINISTRATORS),
    ("Reseller-wide audit log", "GET", "accounts:audit_log", ADMINISTRATORS),
    ("See all client organizations of the partner", "GET", "organizations:board", WITH_PRODUCT),
    ("Create organization", "POST", "organizations:organization_create", WITH_PRODUCT),
]
INSIDE_A_CLIENT = [
    ("Sign up / connect a new service", "GET", "organizations:connection_detail acme", WITH_PRODUCT),
    ("Re-authorise the source", "POST", "organizations:consent_start acme backup", WITH_PRODUCT),
    ("Edit organization", "POST", "organizations:organization_edit acme", WITH_PRODUCT),
    ("Request deletion of data", "POST", "backups:deletion_choose acme", WITH_PRODUCT),
    ("Retention policy", "POST", "backups:retention acme", ADMINISTRATORS),
    ("Legal hold", "POST", "backups:hold_choose acme", ADMINISTRATORS),
    ("Dashboard and statistics", "GET", "organizations:overview acme", INSIDE),
    ("View backup reports", "GET", "backups:report_list acme", INSIDE),
    ("Generate / download report", "POST", "backups:report_generate acme", INSIDE),
    ("Search data, preview", "GET", "backups:search_page acme", INSIDE),
    ("Restore data", "GET", "backups:restore_list acme", INSIDE),
    ("Export data", "GET", "backups:export_list acme", INSIDE),
    ("Select and deselect end users for backup", "POST", "organizations:item_confirm acme", INSIDE),
    ("Manage backup settings, auto-selection, services", "POST", "organizations:settings_services acme", INSIDE),
    ("Add or edit SharePoint URLs", "POST", "organizations:site_address_list acme", INSIDE),
    ("Notification (digest) settings", "POST", "organizations:settings_notifications acme", INSIDE),
    ("View General page", "GET", "organizations:settings_general acme", INSIDE),
    ("View organization's audit logs", "GET", "organizations:organization_log acme", INSIDE),
    ("Create other organization-level users", "POST", "organizations:organization_user_create acme", INSIDE),
]
# Where platform staff works instead, and nobody else gets in.
ADMINISTRATION = [
    "accounts/apikey", "accounts/membership", "accounts/partner", "accounts/user", "billing/invoice",
    "billing/payment", "news/newsitem", "organizations/organization", "support/contact", "support/ticket",
    "training/course",
]  # fmt: skip


@pytest.fixture
def people(cast, northwind):
    """All kinds of people, as memberships."""
    cleo = make_member(make_user("Cleo", "Hill"), northwind, Role.ACCOUNTANT, billing_opened_at=timezone.now())
    sam = make_staff("Sam", "Staff")
    for one in (cleo.user, sam):
        give_app(one)
    # Platform staff belongs to no partner.
    return {**cast, "cleo": cleo, "sam": Membership(user=sam, partner=Partner(pk=0), role=Role.BASIC, pk=0)}


@pytest.fixture
def knock(people, northwind, acme):
    """Return what people are answered who knock at a door; what one of them does, the next one meets undone."""
    pete = make_member(make_user("Pete", "Lang"), northwind, Role.BASIC)
    scene = {"acme": acme.uuid, "pete": pete.uuid, "ticket": make_ticket(pete).uuid}

    def _knock(method, door, kinds=KINDS):
        name, *parts = door.split()
        address = reverse(name, args=[scene.get(part, part) for part in parts])
        answers = {}
        for kind in kinds:
            with transaction.atomic():
                browser = signed_in_client(people[kind])
                answer = (browser.post if method == "POST" else browser.get)(address)
                assert not answer.get("Location", "").startswith("/login/")
                answers[kind] = answer.status_code
                transaction.set_rollback(True)
        return answers

    return _knock


@pytest.mark.parametrize(("method", "door", "who"), [row[1:] for row in PORTAL], ids=[row[0] for row in PORTAL])
def test_in_the_portal(knock, method, door, who):
    answers = knock(method, door)

    assert {kind for kind, answer in answers.items() if answer in LETS_IN} == who
    assert {answers[kind] for kind in STAFF - who} <= {403, 404}
    # For who does not belong to the partner there is no portal.
    assert {answers[kind] for kind in may("otto sam") - who} <= {404}


@pytest.mark.parametrize(
    ("method", "door", "who"), [row[1:] for row in INSIDE_A_CLIENT], ids=[row[0] for row in INSIDE_A_CLIENT]
)
def test_inside_a_client(knock, method, door, who):
    answers = knock(method, door, (*KINDS, "pia", "rita"))

    assert {kind for kind, answer in answers.items() if answer in LETS_IN} == who
    assert {answers[kind] for kind in (STAFF | may("otto")) - who} <= {403, 404}
    # For another client's people, another partner's, and the platform's staff there is no such client.
    assert {answers[kind] for kind in ("pia", "rita", "sam")} == {404}


@pytest.mark.parametrize("page", ADMINISTRATION)
def test_in_the_administration(people, page):
    address = f"/admin/{page}/"
    answers = {kind: signed_in_client(people[kind]).get(address).status_code for kind in KINDS}

    assert answers == dict.fromkeys(STAFF | may("otto"), 302) | {"sam": 200}
