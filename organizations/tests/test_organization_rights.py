"""What the users of a client can do and cannot, sentence by sentence, each proved by doing it.

The sentences are those of the page "Create clients and users", word for word.
"""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from accounts.roles import GRANTS, ORGANIZATION_USER_CAN, ORGANIZATION_USER_CANNOT, Can, Role
from accounts.tests.factories import PASSWORD
from organizations.models import Item, Organization, Policy, SiteAddress
from portal.tests.test_every_door_has_a_lock import DOORS

DOOR = "/organization/login/"


# What they can


def opens_its_instance(scene):
    browser = Client()
    answer = browser.post(DOOR, {"login": "otto.brandt@example.com", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == scene.acme.get_absolute_url()
    assert answer.status_code == 200
    assert scene.is_open("overview")


def may_view_reports(scene):
    assert Can.SEE_REPORTS in GRANTS[Role.ORGANIZATION_USER]
    assert_open_once_there_are_pages(scene, r"(^|_)(report|run)s?(_|$)")


def may_search_and_restore(scene):
    assert GRANTS[Role.ORGANIZATION_USER] >= {Can.SEARCH_DATA, Can.RESTORE_DATA}
    assert_open_once_there_are_pages(scene, r"(^|_)(search|restore)s?(_|$)")


def chooses_who_is_backed_up(scene):
    address = scene.at("item_switch", scene.eva.uuid)
    for do, protection in (("protect", Item.Protection.PROTECTED), ("unprotect", Item.Protection.NOT_PROTECTED)):
        scene.otto.post(address, {"do": do})
        assert Item.objects.get(pk=scene.eva.pk).protection == protection
    assert scene.pia.post(address, {"do": "protect"}).status_code == 404
    assert scene.is_open("item_list")


def manages_backup_settings(scene):
    for name in ("settings_services", "settings_notifications", "settings_general"):
        assert scene.is_open(name)
    answer = scene.submit(scene.at("settings_services"), form_with="revision", skip_disabled="on", auto_users="on")
    policy = Policy.objects.get(organization=scene.acme)
    assert answer.status_code == 302
    assert (policy.skip_disabled, policy.auto_users) == (True, True)


def adds_and_edits_site_addresses(scene):
    addresses = SiteAddress.objects.filter(organization=scene.acme)
    scene.otto.post(scene.at("site_address_list"), {"addresses": "https://acme.sharepoint.com/sites/old"})
    added = addresses.get()
    form = scene.otto.get(scene.at("site_address_edit", added.uuid)).context["form"]
    name = next(iter(form.fields))
    scene.otto.post(
        scene.at("site_address_edit", added.uuid), {name: "https://acme.sharepoint.com/sites/new"}
    )  # fmt: skip
    assert [address.url for address in addresses] == ["https://acme.sharepoint.com/sites/new"]
    assert scene.is_open("site_address_list")


def toggles_services(scene):
    scene.submit(scene.at("settings_services"), form_with="revision", leave_out=["teams"])
    assert Policy.objects.get(organization=scene.acme).teams is False
    scene.submit(scene.at("settings_services"), form_with="revision", teams="on")
    assert Policy.objects.get(organization=scene.acme).teams is True
    assert scene.pia.post(scene.at("settings_services"), {"revision": 2}).status_code == 404


def explores_the_audit_log(scene):
    scene.otto.post(scene.at("item_switch", scene.eva.uuid), {"do": "protect"})
    assert "protected Eva Lindholm" in scene.otto.get(scene.at("organization_log")).content.decode()
    assert scene.is_open("organization_log")


def creates_and_deletes_users(scene):
    typed = {"first_name": "Dana", "last_name": "Whitfield", "email": "dana@acme.example"}
    scene.otto.post(scene.at("organization_user_create"), typed)
    dana = Membership.objects.get(user__email="dana@acme.example", organization=scene.acme)
    assert scene.is_open("organization_user_delete", dana.uuid)
    scene.otto.post(scene.at("organization_user_delete", dana.uuid))
    assert not Membership.objects.filter(pk=dana.pk).exists()


def enables_a_second_factor(scene):
    browser = Client()
    browser.post(DOOR, {"login": "otto.brandt@example.com", "password": PASSWORD})
    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    code = format_hotp_value(hotp_value(secret, int(time.time() // 30)))
    answer = browser.post(reverse("mfa_activate_totp"), {"code": code})
    assert answer.url == reverse("accounts:recovery_codes")
    assert Authenticator.objects.filter(user=scene.cast["otto"].user, type=Authenticator.Type.TOTP).exists()
    asked = Client().post(DOOR, {"login": "otto.brandt@example.com", "password": PASSWORD})
    assert asked.url == reverse("mfa_authenticate")


CAN = {
    "Access their organization's instance of x360Cloud at http://cloudfinder.axcient.com": opens_its_instance,
    "View organization backup reports": may_view_reports,
    "Perform organization data search and restore": may_search_and_restore,
    "Select (and deselect) organization end user accounts for backup": chooses_who_is_backed_up,
    "Manage organization backup settings": manages_backup_settings,
    "Add or edit organization SharePoint URLs": adds_and_edits_site_addresses,
    "Toggle services on or off for backup": toggles_services,
    "Explore organization audit logs": explores_the_audit_log,
    "Create or delete other organization-level users": creates_and_deletes_users,
    "Enable multi-factor authentication (MFA)": enables_a_second_factor,
}


# What they cannot


def is_refused_at_the_portal(scene):
    refused = Client().post("/login/", {"login": "otto.brandt@example.com", "password": PASSWORD})
    assert (refused.status_code, "do not fit together here" in refused.content.decode()) == (200, True)
    assert scene.otto.get(reverse("dashboard")).status_code == 404


def finds_no_way_to_connect_a_service(scene):
    for name, arguments in (("connection_detail", []), ("consent_start", ["BACKUP"]), ("connection_end", [])):
        assert {scene.otto.get(scene.at(name, *arguments)).status_code} <= {404, 405}
        assert scene.otto.post(scene.at(name, *arguments)).status_code == 404


def finds_no_way_to_create_an_organization(scene):
    address, before = reverse("organizations:organization_create"), Organization.objects.count()
    assert scene.otto.get(address).status_code == 404
    assert scene.otto.post(address, {"name": "Acme Two", "country": "GB"}).status_code == 404
    assert Organization.objects.count() == before
    for name in ("partner_edit", "partner_detail"):
        assert scene.otto.get(reverse(f"accounts:{name}")).status_code == 404


def finds_no_other_organization(scene):
    for name in INSIDE:
        address = scene.at(name, organization=scene.bolt)
        assert scene.otto.get(address).status_code in (404, 405)
        assert scene.otto.post(address).status_code in (404, 405)
    assert scene.otto.get(reverse("organizations:board")).status_code == 404


def finds_no_users_of_the_partner(scene):
    ben = scene.cast["ben"]
    for address in (
        reverse("accounts:member_list"),
        reverse("accounts:member_create"),
        ben.get_absolute_url(),
        reverse("accounts:member_delete", args=[ben.uuid]),
        scene.at("organization_user_edit", ben.uuid),
    ):
        assert scene.otto.get(address).status_code == 404
        assert scene.otto.post(address, {"first_name": "X", "last_name": "Y"}).status_code == 404


CANNOT = {
    "Cannot access the x360 Portal at https://partner.axcient.com/login": is_refused_at_the_portal,
    "Cannot sign up for a new service to be backed up in x360Cloud": finds_no_way_to_connect_a_service,
    "Cannot create a new organization or provider in x360Cloud": finds_no_way_to_create_an_organization,
    "Cannot access other organizations in x360Cloud": finds_no_other_organization,
    "Cannot access user management for reseller-level accounts in the x360 Portal": finds_no_users_of_the_partner,
}
SENTENCES = CAN | CANNOT

# Every page inside a client whose only argument is the client.
INSIDE = [
    name.partition(":")[2]
    for name, door in DOORS
    if name.startswith("organizations:") and set(door.pattern.converters) == {"organization_uuid"}
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_sentence_about_organization_level_users_holds(scene, sentence):
    SENTENCES[sentence](scene)


def in_our_words(sentence):
    for theirs, ours in (
        ("x360Cloud at http://cloudfinder.axcient.com", "Cloud Backup"),
        ("x360 Portal at https://partner.axcient.com/login", "partner portal"),
        ("x360Cloud", "Cloud Backup"),
        ("x360 Portal", "partner portal"),
        ("'", "’"),
    ):
        sentence = sentence.replace(theirs, ours)
    return sentence


def test_the_page_says_the_same_sentences_with_this_products_names(scene):
    shown = scene.otto.get(scene.at("settings_users")).context

    assert shown["can"] == [in_our_words(sentence) for sentence in CAN]
    assert shown["cannot"] == [in_our_words(sentence) for sentence in CANNOT]


def test_the_rights_beside_the_sentences_are_granted_and_withheld():
    granted = GRANTS[Role.ORGANIZATION_USER]

    assert {right for _, rights in ORGANIZATION_USER_CAN for right in rights} == granted
    assert not {right for _, rights in ORGANIZATION_USER_CANNOT for right in rights} & granted


def assert_open_once_there_are_pages(scene, pattern):
    """Pages of this kind come with later work; the day one exists, Otto must be able to open it."""
    for name, door in DOORS:
        app, _, view = name.rpartition(":")
        if app in ("organizations", "backups") and re.search(pattern, view) and door.pattern.converters:
            address = scene.address_of(name, door)
            assert scene.otto.get(address).status_code in (200, 302, 405), name
            assert scene.pia.get(address).status_code in (404, 405), name
