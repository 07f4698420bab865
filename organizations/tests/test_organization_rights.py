"""What the users of a client can do and cannot, sentence by sentence, each proved by doing it.

The sentences are those of the page "Create clients and users", word for word.
"""

import re
import time
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from accounts.roles import GRANTS, ORGANIZATION_USER_CAN, ORGANIZATION_USER_CANNOT, Can, Role
from accounts.tests.factories import PASSWORD
from jobs.registry import Kind, kinds
from organizations.models import Item, Organization, Policy, SiteAddress
from organizations.tests.factories import make_connection, make_item
from portal.tests.test_every_door_has_a_lock import DOORS, OWNED_BY_NORTHWIND

DOOR = "/organization/login/"


class Scene:
    """Acme with a connected service, Otto signed in at it, Pia of another client beside it."""

    def __init__(self, cast, sign_in, acme, bolt):
        self.cast, self.acme, self.bolt = cast, acme, bolt
        self.tenant = make_connection(acme, sharepoint_host="acme.sharepoint.com")
        self.eva = make_item(self.tenant, "Eva Lindholm")
        self.otto, self.pia = sign_in("otto"), sign_in("pia")
        self._made = {}

    def at(self, name, *arguments, organization=None):
        return reverse(f"organizations:{name}", args=[(organization or self.acme).uuid, *arguments])

    def address_of(self, name, door):
        """Return where a door of the product is, for things that are Northwind's or Acme's."""
        for key in getattr(door.pattern, "converters", {}):
            if key not in self._made:
                self._made[key] = OWNED_BY_NORTHWIND[key](self.cast)
        return reverse(name, kwargs={key: self._made[key] for key in getattr(door.pattern, "converters", {})})

    def is_open(self, name, *arguments):
        """Otto opens it; to Pia it does not exist."""
        address = self.at(name, *arguments)
        return (self.otto.get(address).status_code, self.pia.get(address).status_code) == (200, 404)

    def submit(self, address, *, form_with, leave_out=(), **changes):
        """Send the form of a page that has the field ``form_with``, as a browser would, after some changes.

        Where the page then says what will happen and asks again, Otto agrees.
        """
        fields = fields_of(self.otto.get(address).content.decode(), form_with)
        values = {name: value for name, value in fields.items() if name not in leave_out} | changes
        answer = self.otto.post(address, values)
        if answer.status_code == 200:
            answer = self.otto.post(address, fields_of(answer.content.decode(), form_with))
        return answer


@pytest.fixture
def scene(cast, sign_in, acme, bolt, monkeypatch):
    # The floor above registers this kind of work; here the row that asks for it is enough.
    monkeypatch.setitem(kinds, "check_site_addresses", Kind(lambda subject_id, claim: None, "control", 3))
    return Scene(cast, sign_in, acme, bolt)


class Page(HTMLParser):
    """What a page leads to, and what its forms would send."""

    def __init__(self, html):
        super().__init__()
        self.addresses, self.forms, self._select = set(), [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        have = dict(attrs)
        for name in ("href", "action", "hx-get", "hx-post", "formaction"):
            if have.get(name):
                self.addresses.add(have[name])
        if tag == "form":
            self.forms.append({})
        elif tag in ("input", "textarea", "select") and self.forms and have.get("name"):
            self._note_field(tag, have)
        elif tag == "option" and self._select and ("selected" in have or self._select not in self.forms[-1]):
            self.forms[-1][self._select] = [have.get("value", "")]

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = None

    def _note_field(self, tag, have):
        self._select = have["name"] if tag == "select" else None
        if tag == "select" or (have.get("type") in ("checkbox", "radio") and "checked" not in have):
            return
        self.forms[-1].setdefault(have["name"], []).append(have.get("value", "on" if have.get("type") else ""))


def fields_of(html, field):
    return next(form for form in Page(html).forms if field in form)


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


# Confinement


def test_every_other_address_of_the_product_does_not_exist_for_otto(scene):
    answers = {}
    for name, door in DOORS:
        opens_with = getattr(door.callback, "opens_with", None)
        belongs_to_otto = opens_with in GRANTS[Role.ORGANIZATION_USER] and name != "organizations:board"
        if opens_with == "ANYONE" or belongs_to_otto:
            continue
        address = scene.address_of(name, door)
        answers[name] = {scene.otto.get(address).status_code, scene.otto.post(address).status_code}

    assert len(answers) > 15
    assert {name: codes for name, codes in answers.items() if not codes <= {404, 405} or 404 not in codes} == {}


def test_the_platforms_administration_leads_otto_home(scene):
    answer = scene.otto.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == scene.acme.get_absolute_url()


def test_no_page_otto_can_open_leads_out_of_his_house(scene):
    allowed = (scene.acme.get_absolute_url(), "/account/", "/static/", "/style/", "/logout/", "/confirm/")
    todo, seen, astray, broken = {"/"}, set(), {}, {}
    while todo:
        address = todo.pop()
        seen.add(address)
        answer = scene.otto.get(address, follow=True)
        # 405 wants a POST, 422 wants something to be selected first: both are there.
        if answer.status_code not in (200, 405, 422):
            broken[address] = answer.status_code
        if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
            continue
        here = answer.redirect_chain[-1][0] if answer.redirect_chain else address
        for found in Page(answer.content.decode()).addresses:
            url = urlsplit(found)
            path = url.path or urlsplit(here).path
            if url.netloc or url.scheme or not (path == "/" or path.startswith(allowed)):
                astray.setdefault(here, set()).add(found)
            elif not path.startswith(("/static/", "/style/", "/logout/")) and path not in seen:
                todo.add(path)

    assert len(seen) > 15
    assert astray == {}
    assert broken == {}
