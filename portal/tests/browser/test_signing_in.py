"""Signing in as people do it: typing, scanning, touching a passkey, and being sent away from the wrong door."""

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from accounts.models import Membership
from accounts.tests.factories import PASSWORD, SEED, make_member, make_user
from notifications.models import OutgoingEmail


def present_code(seed):
    return format_hotp_value(hotp_value(seed, int(time.time() // 30)))


def knock(page, house, email, password=PASSWORD, door="/login/"):
    page.goto(house + door)
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def set_up_app(page):
    page.get_by_role("link", name=re.compile("Authenticator app")).click()
    seed = page.locator("#secret").inner_text().replace(" ", "")
    page.get_by_label("Six-digit code").fill(present_code(seed))
    page.get_by_role("button", name="Confirm code").click()
    expect(page.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()
    return seed


def add_virtual_authenticator(page):
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_password_and_code_lead_to_the_dashboard(page, house, cast):
    knock(page, house, "ada.lindqvist@example.com")
    page.get_by_label("Code").fill(present_code(SEED))
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", name=re.compile(r"^Good \w+, Ada$"))).to_be_visible()


def test_an_invited_person_gets_from_the_mail_to_the_dashboard(page, house, cast, enter, browser):
    enter("ada")
    page.goto(house + "/users/")
    page.get_by_role("link", name="Create New").click()
    page.get_by_label("First name").fill("Dana")
    page.get_by_label("Last name").fill("Whitfield")
    page.get_by_label("Email address").fill("dana.whitfield@northwind.example")
    page.locator("#main").get_by_text("Cloud Backup", exact=True).click()
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_text("The account of Dana Whitfield is created")).to_be_visible()
    expect(page.get_by_text("Invited, 7 days left")).to_be_visible()

    mail = OutgoingEmail.objects.get(to="dana.whitfield@northwind.example")
    context = browser.new_context()
    danas = context.new_page()
    danas.goto(re.search(r"http://\S+/invitation/\S+", mail.text)[0])
    danas.get_by_label("Password", exact=True).fill("purple lanterns under seven bridges")
    danas.get_by_label("The same again").fill("purple lanterns under seven bridges")
    danas.get_by_role("button", name="Set the password").click()
    knock(danas, house, "dana.whitfield@northwind.example", "purple lanterns under seven bridges")
    expect(danas.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    set_up_app(danas)
    danas.get_by_role("button", name="I have kept them").click()

    expect(danas.get_by_role("heading", name=re.compile(r"^Good \w+, Dana$"))).to_be_visible()
    assert Membership.objects.get(user__email="dana.whitfield@northwind.example").joined_at
    context.close()


def test_a_passkey_is_set_up_and_then_signs_in_alone(page, house, cast, northwind):
    make_member(make_user("Ivy", "Stone"), northwind)
    add_virtual_authenticator(page)
    knock(page, house, "ivy.stone@example.com")
    page.get_by_role("link", name=re.compile("Passkey")).click()
    page.get_by_label("Name of this passkey").fill("Laptop")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_role("button", name="Your account, Ivy Stone").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Partner portal")).to_be_visible()

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("heading", name=re.compile(r"^Good \w+, Ivy$"))).to_be_visible()


def test_a_passkey_of_the_portal_does_not_open_the_organizations_door(page, house, cast, northwind):
    make_member(make_user("Ivy", "Stone"), northwind)
    add_virtual_authenticator(page)
    knock(page, house, "ivy.stone@example.com")
    page.get_by_role("link", name=re.compile("Passkey")).click()
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_role("button", name="Your account, Ivy Stone").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(house + "/organization/login/")

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_text("do not fit together here")).to_be_visible()
    expect(page).to_have_url(house + "/organization/login/")


def test_a_passkey_is_the_second_step_too(page, house, cast, enter):
    add_virtual_authenticator(page)
    enter("ada")
    page.goto(house + "/account/second-factor/passkey/")
    page.get_by_text("without a password").click()
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_text("I have kept them").or_(page.get_by_role("heading", name="Your account")).first.wait_for()
    page.context.clear_cookies()
    knock(page, house, "ada.lindqvist@example.com")

    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("heading", name=re.compile(r"^Good \w+, Ada$"))).to_be_visible()


def test_the_wrong_door_says_nothing_about_accounts(page, house, cast):
    knock(page, house, "otto.brandt@example.com")
    expect(page.get_by_text("do not fit together here")).to_be_visible()

    knock(page, house, "otto.brandt@example.com", door="/organization/login/")

    expect(page.get_by_role("heading", name="Acme Dental")).to_be_visible()


def test_a_cancelled_passkey_is_explained_beside_the_button(page, house, cast):
    page.goto(house + "/login/")
    page.evaluate(
        "() => { navigator.credentials.get = async () => { throw new DOMException('no', 'NotAllowedError') } }"
    )

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_text("The passkey was not used")).to_be_visible()
