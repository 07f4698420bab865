"""Every page has a gate, a rival finds nothing behind any door, every tenant table has a wall."""

from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import ResetRequest
from accounts.roles import Can
from accounts.scopes import Scope
from organizations.models import SourceApp
from portal.tests.northwinds import OWNED_BY_NORTHWIND

# Doors of programs: a key opens them, whatever a person may (portal/tests/api).
OF_PROGRAMS = "api_"
OUR_APPS = {"accounts", "organizations", "backups", "jobs", "notifications", "billing", "support", "news", "training"}

# Rows that belong to no tenant, or are reached only through one that does.
SHARED_BY_ALL_TENANTS = {
    "accounts.AuditChain",  # read by verify_audit and the audit entries only
    "billing.NumberRange",  # the last number given to an invoice
    "billing.Plan",  # the platform's prices
    "billing.StripeEvent",  # what came in already; nothing of what it said
    "jobs.Job",
    "support.CannedAnswer",  # words of the platform's staff
    "support.ReceivedMail",  # the platform's log of mails that came in; nothing of what they said
    "jobs.Canary",
    "notifications.OutgoingEmail",  # platform staff only; never its body
    # What is asked at the end of a course, with the answers: shown as the paper of an attempt only.
    "training.Choice",
    "training.Question",
    "organizations.SourceApp",  # our own registrations at the providers
    "organizations.SourceCredential",  # sealed; opened by workers only
    "backups.ProviderPause",  # until when a provider wants to be left alone
    "backups.ProviderBudget",  # how much of a provider's allowance is used; names a tenant, never what it holds
    # Bookkeeping of feeds and runs, reached through them.
    "backups.Sighting",
    "backups.Removal",
    "backups.RunItem",
    "backups.SearchProgress",  # how far the index of an organization's vault is
    # The vault knows organizations as ids; doors reach it through rows that have a wall.
    "backups.VaultBlob",
    "backups.VaultCommit",
    "backups.VaultKey",
    "backups.VaultManifest",
    "backups.VaultObject",
    "backups.VaultOrganization",
    "backups.VaultPack",
    "backups.VaultTombstone",
    "backups.VaultVersion",
}
# Django admin has a gate of its own: staff, behind the same second factor (test_admin.py).
OTHER_GATES = ("admin:",)
# Pages about oneself: whoever is signed in finds the own things there and nobody else's.
OWN_THINGS = {
    "accounts:session_end",
    "accounts:reset_stop",
    "accounts:passkey_removal",
}
# Public by nature; the argument is the proof, or is harmless.
OPEN_ARGUMENTS = {
    "stylesheet",
    "account_reset_password_from_key",
    "accounts:invitation_accept",
    "accounts:brand_css",
    "accounts:brand_logo",
    "notifications:unsubscribe",
    "training:certificate_verify",
}
# The same for every partner, and nothing for clients' people (training/tests/test_courses.py).
FOR_ALL_PARTNERS = {"training:course_detail", "training:lesson_detail", "training:attempt_start"}


def every_door(resolver=None, namespace=""):
    """Yield (name, pattern) of every address of the product."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from every_door(entry, inner)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", entry


DOORS = [(name, door) for name, door in every_door() if not name.startswith(OTHER_GATES)]


def _arguments(door) -> set[str]:
    converters = getattr(door.pattern, "converters", {})
    return set(converters) or set(
        getattr(door.pattern, "regex", None).groupindex if hasattr(door.pattern, "regex") else ()
    )


WITH_ARGUMENTS = [
    (name, door)
    for name, door in DOORS
    if _arguments(door)
    and name not in OWN_THINGS | OPEN_ARGUMENTS | FOR_ALL_PARTNERS
    and not name.startswith(OF_PROGRAMS)
]


@pytest.mark.parametrize(("name", "door"), DOORS, ids=[name for name, _ in DOORS])
def test_every_page_has_a_gate(name, door):
    opens_with = getattr(door.callback, "opens_with", None)

    assert opens_with == "ANYONE" or opens_with in set(Scope if name.startswith(OF_PROGRAMS) else Can)


@pytest.mark.parametrize(("name", "door"), DOORS, ids=[name for name, _ in DOORS])
def test_a_stranger_gets_no_further_than_the_door(client, db, name, door):
    if getattr(door.callback, "opens_with", None) == "ANYONE":
        assert not getattr(door.callback, "login_required", True)
        return
    kwargs = {key: 1 if key in ("pk", "session_id", "volume_number") else uuid4() for key in _arguments(door)}
    if "what" in kwargs:
        kwargs["what"] = ResetRequest.What.PASSWORD
    if "purpose" in kwargs:
        kwargs["purpose"] = SourceApp.Purpose.BACKUP

    answers = [client.get(reverse(name, kwargs=kwargs)), client.post(reverse(name, kwargs=kwargs))]

    if name.startswith(OF_PROGRAMS):
        assert {answer.status_code for answer in answers} == {401}
        return
    assert {(answer.status_code, answer.url.partition("?")[0]) for answer in answers} == {(302, "/login/")}


@pytest.mark.parametrize(("name", "door"), WITH_ARGUMENTS, ids=[name for name, _ in WITH_ARGUMENTS])
@pytest.mark.parametrize("who", ["rita", "pia"])
def test_a_rival_finds_nothing_behind_it(cast, sign_in, name, door, who):
    kwargs = {key: OWNED_BY_NORTHWIND[key](cast) for key in _arguments(door)}
    browser = sign_in(who)
    url = reverse(name, kwargs=kwargs)

    answers = {browser.get(url).status_code, browser.post(url).status_code}

    assert answers <= {404, 405}
    assert 404 in answers


@pytest.mark.parametrize("name", sorted(OWN_THINGS))
def test_nobody_reaches_the_own_things_of_a_colleague(cast, sign_in, name):
    ben = cast["ben"]
    sign_in("ben").get("/account/")
    things = {
        "session_id": lambda: apps.get_model("usersessions", "UserSession").objects.get(user=ben.user).pk,
        "pk": lambda: Authenticator.objects.create(user=ben.user, type="webauthn", data={}).pk,
        "own_reset_uuid": lambda: ResetRequest.objects.create(
            membership=ben, what="PASSWORD", reason="r", requested_by="Ada", requested_at=timezone.now(),
            due_at=timezone.now(),
        ).uuid,
    }  # fmt: skip
    door = dict(DOORS)[name]
    url = reverse(name, kwargs={key: things[key]() for key in _arguments(door)})

    answer = sign_in("ada").post(url)

    assert answer.status_code == 404


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model._meta.label)
def test_every_tenant_table_has_a_wall(model):
    if model._meta.app_label in OUR_APPS and model._meta.label not in SHARED_BY_ALL_TENANTS:
        assert hasattr(model.objects.all(), "visible_to")


# Who may open which page of the portal, by right: the table of the product, walked page by page.
PAGES = {
    "dashboard": {"ada": 200, "ben": 200, "cora": 200, "otto": 404},
    "accounts:member_list": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "accounts:member_create": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "accounts:partner_detail": {"ada": 200, "ben": 200, "cora": 200, "otto": 404},
    "accounts:partner_edit": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "accounts:api_key_list": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "accounts:api_key_create": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "accounts:audit_log": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "accounts:audit_log_export": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "news:news_list": {"ada": 200, "ben": 200, "cora": 200, "otto": 404},
    "billing:overview": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "billing:payment_create": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "billing:method_list": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "billing:statement_detail": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "billing:statement_pdf": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "billing:receivable_list": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "billing:receivable_export": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "billing:transaction_list": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "billing:transaction_export": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "billing:usage_list": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "billing:usage_csv": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "support:contact_list": {"ada": 200, "ben": 200, "cora": 200, "otto": 404},
    "support:ticket_list": {"ada": 200, "ben": 200, "cora": 200, "otto": 404},
    "training:course_list": {"ada": 200, "ben": 200, "cora": 200, "otto": 404},
    "support:ticket_create": {"ada": 200, "ben": 200, "cora": 200, "otto": 404},
    "organizations:board": {"ada": 200, "ben": 200, "cora": 403, "otto": 404},
    "organizations:organization_create": {"ada": 200, "ben": 200, "cora": 403, "otto": 404},
    "backups:retention_board": {"ada": 200, "ben": 200, "cora": 403, "otto": 404},
    "backups:deletion_board": {"ada": 200, "ben": 200, "cora": 403, "otto": 404},
    "accounts:webhook_list": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "accounts:webhook_create": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "backups:alert_rule_list": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "backups:alert_rule_create": {"ada": 200, "ben": 403, "cora": 403, "otto": 404},
    "organizations:incident_list": {"ada": 200, "ben": 200, "cora": 403, "otto": 404},
    "accounts:profile_edit": {"ada": 200, "ben": 200, "cora": 200, "otto": 200},
    "accounts:newsletter_edit": {"ada": 200, "ben": 200, "cora": 200, "otto": 200},
    "accounts:session_list": {"ada": 200, "ben": 200, "cora": 200, "otto": 200},
    "accounts:password_change": {"ada": 200, "ben": 200, "cora": 200, "otto": 200},
    "accounts:second_factor_detail": {"ada": 200, "ben": 200, "cora": 200, "otto": 200},
    "accounts:membership_choose": {"ada": 200, "ben": 200, "cora": 200, "otto": 200},
}


@pytest.mark.parametrize("name", PAGES)
def test_who_may_open_which_page(sign_in, name):
    answers = {who: sign_in(who).get(reverse(name)).status_code for who in PAGES[name]}

    assert answers == PAGES[name]


def test_inside_a_client_partner_staff_and_its_own_people_meet(sign_in, acme):
    expected = {"ada": 200, "ben": 200, "cora": 403, "otto": 200, "pia": 404, "rita": 404}

    answers = {who: sign_in(who).get(acme.get_absolute_url()).status_code for who in expected}

    assert answers == expected


def test_only_partner_staff_see_the_orange_band(sign_in, acme):
    seen = {who: b"client-band" in sign_in(who).get(acme.get_absolute_url()).content for who in ("ada", "otto")}

    assert seen == {"ada": True, "otto": False}


def test_what_a_person_may_not_do_is_not_rendered(sign_in):
    pages = {who: sign_in(who).get("/dashboard/").content.decode() for who in ("ada", "ben", "cora")}

    assert {who: reverse("accounts:member_list") in page for who, page in pages.items()} == {
        "ada": True, "ben": False, "cora": False,
    }  # fmt: skip
    assert {who: reverse("organizations:board") in page for who, page in pages.items()} == {
        "ada": True, "ben": True, "cora": False,
    }  # fmt: skip
