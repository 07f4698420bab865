"""The whole way with a client: add, consent at Microsoft, discover, protect, configure; its own people are confined."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import AuditEntry
from jobs import claims
from jobs.models import Job
from notifications.models import OutgoingEmail
from organizations.actions.source_apps import add_certificate, register_app
from organizations.models import Connection, Item, Organization, Policy, SourceApp
from portal.tests.browser.looking import complaints_of
from portal.tests.browser.test_signing_in import knock

PASSWORD = "seven brass molar spoons"


@pytest.fixture
def source(microsoft, house, settings):
    """The simulated Microsoft 365, told where this very product runs, and the product told where it is."""
    settings.MICROSOFT_LOGIN_URL, settings.MICROSOFT_GRAPH_URL = microsoft.login_url, microsoft.graph_url
    for purpose in SourceApp.Purpose.values:
        simulated = microsoft.apps[purpose.lower()]
        names = ("organizations:consent_answer", "organizations:consent_signed_in")
        simulated.redirect_uris = [house + reverse(name) for name in names]
        app = register_app(purpose=purpose, client_id=simulated.client_id, actor="Ops", now=timezone.now())
        pem = (simulated.certificate_pem + simulated.private_key_pem).encode()
        add_certificate(app=app, pem=pem, actor="Ops", now=timezone.now())
    microsoft.apps.write()
    return microsoft


def work():
    """Let a worker do everything that is due, as often as it takes."""
    for _ in range(50):
        due = list(Job.objects.filter(state=Job.State.QUEUED).exclude(kind="deliver_email"))
        if not due:
            return
        Job.objects.filter(pk__in=[job.pk for job in due]).update(not_before=timezone.now() - timedelta(seconds=1))
        for job in due:
            claims.run(job.pk)
    raise AssertionError(f"Work without an end: {due}")


def consent_as(page, person, *, accept="Accept"):
    """Walk through Microsoft's two pages; who was there before is still signed in."""
    choice, answer = page.get_by_label("Choose an account"), page.get_by_role("button", name=accept, exact=True)
    choice.or_(answer).first.wait_for()
    if choice.count():
        choice.select_option(label=person)
        page.get_by_role("button", name="Sign in", exact=True).click()
    answer.click()


def add_client(page, house, name="Cobalt Law"):
    page.goto(house + "/organizations/")
    page.get_by_role("link", name="Add organization").first.click()
    page.wait_for_load_state()
    page.get_by_label("Organization name").fill(name)
    page.get_by_label("Country").select_option("US")
    expect(page.get_by_label("State")).to_be_visible()
    page.get_by_label("State").select_option("US-CA")
    page.get_by_label("Billing contact").fill("Carla Cobalt")
    page.get_by_role("button", name="Create organization").click()
    expect(page.get_by_role("button", name="Connect Microsoft 365")).to_be_visible()
    return Organization.objects.get(name=name)


def connect(page, tenant):
    page.get_by_role("button", name="Connect Microsoft 365").click()
    consent_as(page, f"{tenant['admin_name']}, Global Administrator of {tenant['name']}")
    expect(page.get_by_text("Microsoft’s answer is being checked")).to_be_visible()
    work()
    expect(page.get_by_role("heading", name=re.compile("Is this .* tenant"))).to_be_visible()


@pytest.fixture
def cobalt(source):
    tenant = source.add_tenant("Cobalt Law", "cobaltlaw.example", {"users": 9, "guests": 2, "shared": 1}, seed=5)
    manifest = source.manifest(tenant)
    admin = next(user for user in manifest["users"] if user["id"] == tenant["admin_id"])
    return tenant | {"admin_name": admin.get("displayName") or admin.get("display_name")}


def test_a_client_from_the_first_click_to_its_own_people(page, house, enter, source, cobalt, northwind):
    enter("ada")

    # Add and connect.
    organization = add_client(page, house)
    connect(page, cobalt)
    expect(page.get_by_text("cobaltlaw.example").first).to_be_visible()
    page.get_by_role("button", name="Connect Cobalt Law").click()
    expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("/settings/services/$"))

    # Discover.
    work()
    page.get_by_role("link", name="Accounts", exact=True).first.click()
    expect(page.get_by_role("link", name=re.compile("^Users 0 of"))).to_be_visible()
    users = Item.objects.filter(organization=organization, tab="USERS", skipped_as="", presence="PRESENT").count()
    assert Connection.objects.get().discovered_at is not None

    # Protect one, undo, then all that match. A switch pressed before the page's script is there offers no undo.
    page.wait_for_load_state()
    name = Item.objects.filter(organization=organization, tab="USERS", skipped_as="").order_by("list_name")[0].name
    row = page.get_by_role("row", name=re.compile(re.escape(name)))
    row.get_by_role("switch").click()
    expect(page.get_by_text(re.compile("By hand: Ada Lindqvist"))).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(row.get_by_role("switch")).not_to_be_checked()
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name=re.compile(r"^Protect \d+ \(\+\d+ seats\)")).click()
    expect(page.get_by_role("link", name=f"Users {users} of {users}")).to_be_visible()

    # Configure: a switch says what it will do, and nothing happens before Save.
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("switch", name=re.compile("Calendar")).click()
    expect(page.get_by_text("1 change not saved")).to_be_visible()
    assert Policy.objects.get(organization=organization).calendar
    page.get_by_role("button", name=re.compile("^Save 1 change")).click()
    page.get_by_role("button", name="Save and stop reading Calendar").click()
    expect(page.get_by_text("The services are saved.")).to_be_visible()
    assert not Policy.objects.get(organization=organization).calendar

    # A user of the client is created, follows the mail, signs in at the other door.
    page.get_by_role("link", name="Users", exact=True).last.click()
    page.get_by_role("link", name="Create New User").click()
    page.get_by_label("First name").fill("Lena")
    page.get_by_label("Last name").fill("Vogt")
    page.get_by_label("Email address").fill("lena.vogt@cobaltlaw.example")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("cell", name=re.compile("Invited, 7 days left"))).to_be_visible()
    mail = OutgoingEmail.objects.get(to="lena.vogt@cobaltlaw.example")
    link = re.search(r"http\S+/invitation/\S+", mail.text).group(0)
    page.context.clear_cookies()
    page.goto(link)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label(re.compile("again", re.IGNORECASE)).fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page).to_have_url(re.compile("/organization/login/"))
    page.get_by_label("Email address").fill("lena.vogt@cobaltlaw.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    # At home, and nowhere else.
    expect(page.get_by_role("heading", name="Cobalt Law")).to_be_visible()
    assert page.locator(".client-band").count() == 0
    for path in ("/organizations/", "/dashboard/", "/users/", "/organizations/new/",
                 reverse("organizations:connection_detail", args=[organization.uuid])):  # fmt: skip
        assert page.goto(house + path).status == 404
    actions = set(AuditEntry.objects.filter(organization_id=organization.pk).values_list("action", flat=True))
    assert {
        "organization.created", "consent.proved", "connection.created", "discovery.completed", "policy.edited",
        "item.protected", "item.selection_protected", "member.created", "invitation.accepted",
    } <= actions  # fmt: skip
    assert source.unknown_calls() == []


def test_a_wrong_door_stays_shut_for_a_clients_people(page, house, cast):
    knock(page, house, "otto.brandt@example.com")

    expect(page.get_by_text("do not fit together here")).to_be_visible()


def test_declining_at_microsoft_is_explained_and_can_be_tried_again(page, house, enter, source, cobalt, northwind):
    enter("ada")
    add_client(page, house)
    page.get_by_role("button", name="Connect Microsoft 365").click()

    consent_as(page, f"{cobalt['admin_name']}, Global Administrator of Cobalt Law", accept="Cancel")

    expect(page.get_by_text("The last attempt to authorize backup did not work")).to_be_visible()
    connect(page, cobalt)
    page.get_by_role("button", name="No, another tenant").click()
    expect(page.get_by_text("That tenant was not connected").first).to_be_visible()
    assert not Connection.objects.exists()


def test_a_withdrawn_consent_is_shown_and_authorizing_again_brings_it_back(
    page, house, enter, source, cobalt, northwind
):
    enter("ada")
    organization = add_client(page, house)
    connect(page, cobalt)
    page.get_by_role("button", name="Connect Cobalt Law").click()
    work()
    found = Item.objects.filter(organization=organization).count()
    source.revoke(cobalt, source.apps["backup"].client_id)
    page.get_by_role("link", name="Accounts", exact=True).first.click()
    page.get_by_role("button", name="Look for new accounts").click()
    expect(page.get_by_text(re.compile("Looking|Waiting|starts in a moment")).first).to_be_visible()
    work()

    page.goto(house + reverse("organizations:connection_detail", args=[organization.uuid]))
    expect(page.get_by_text("Microsoft 365 does not let us in since")).to_be_visible()
    assert complaints_of(page) == []
    page.goto(house + "/organizations/")
    expect(page.get_by_text("Access withdrawn")).to_be_visible()
    page.goto(house + reverse("organizations:connection_detail", args=[organization.uuid]))
    page.get_by_role("button", name="Authorize Microsoft 365 again").click()
    # Still signed in at Microsoft from before.
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("Microsoft’s answer is being checked")).to_be_visible()
    work()
    page.goto(house + reverse("organizations:connection_detail", args=[organization.uuid]))

    expect(page.get_by_text("does not let us in")).to_have_count(0)
    assert Connection.objects.get().state == "CONNECTED"
    assert Item.objects.filter(organization=organization).count() == found


def test_the_steps_of_a_consent_are_accessible(page, house, enter, source, cobalt, northwind):
    enter("ada")
    organization = add_client(page, house)
    found = {"not connected": complaints_of(page)}
    connect(page, cobalt)
    found["proved"] = complaints_of(page)
    page.get_by_role("button", name="Connect Cobalt Law").click()
    for name in ("connection_detail", "connection_end"):
        page.goto(house + reverse(f"organizations:{name}", args=[organization.uuid]))
        found[name] = complaints_of(page)
    page.goto(house + "/connect/microsoft-365/consented/?state=forged")
    found["refused"] = complaints_of(page)

    assert {step: complaints for step, complaints in found.items() if complaints} == {}
