"""Settings, Users: who may look after a client's people, creating them, and the list."""

import re

import pytest
from django.db import IntegrityError, transaction

from accounts.actions.memberships import AlreadyMember
from accounts.models import AuditEntry, Membership, ResetRequest, User
from accounts.roles import Role
from accounts.tests.factories import give_app, make_member, make_user
from accounts.tests.test_members import in_two_threads
from notifications.models import OutgoingEmail
from organizations.actions.organization_users import (
    create_organization_user,
)
from organizations.tests.people import DANAS_EMAIL, kinds_of_mail, page, person, typed

EVERYBODY = {"ada": 200, "ben": 200, "cora": 403, "otto": 200, "pia": 404, "rita": 404}
SECRET_WORD, FACTOR = ResetRequest.What.PASSWORD, ResetRequest.What.SECOND_FACTOR


@pytest.mark.parametrize("name", ["settings_users", "organization_user_create"])
def test_who_may_open_the_pages(sign_in, acme, name):
    answers = {who: sign_in(who).get(page(name, acme)).status_code for who in EVERYBODY}

    assert answers == EVERYBODY


def test_who_may_open_the_pages_of_one_person(sign_in, sara):
    for address in (
        person(sara),
        person(sara, "organization_user_delete"),
        person(sara, "organization_user_reset", SECRET_WORD),
    ):
        assert {who: sign_in(who).get(address).status_code for who in EVERYBODY} == EVERYBODY


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 302), ("ben", 302), ("cora", 403), ("otto", 302), ("pia", 404), ("rita", 404)]
)
@pytest.mark.parametrize(
    ("name", "arguments", "values"),
    [
        ("organization_user_edit", [], {"first_name": "D", "last_name": "W"}),
        ("organization_user_delete", [], {}),
        ("organization_invitation_resend", [], {}),
        ("organization_invitation_revoke", [], {}),
        ("organization_user_reset", [SECRET_WORD], {"reason": "r"}),
    ],
)
def test_who_may_do_something_to_a_user_of_acme(sign_in, dana, who, status, name, arguments, values):
    before = AuditEntry.objects.count()

    answer = sign_in(who).post(person(dana, name, *arguments), values)

    assert answer.status_code == status
    if status != 302:
        dana.refresh_from_db()
        assert (AuditEntry.objects.count(), dana.list_name) == (before, "whitfield dana")


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 302), ("ben", 302), ("cora", 403), ("otto", 302), ("pia", 404), ("rita", 404)]
)
def test_who_may_create_a_user_at_acme(sign_in, acme, who, status):
    answer = sign_in(who).post(page("organization_user_create", acme), typed())

    assert answer.status_code == status
    assert Membership.objects.filter(user__email=DANAS_EMAIL, organization=acme).exists() == (status == 302)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("organization_user_edit", []),
        ("organization_user_delete", []),
        ("organization_user_reset", [FACTOR]),
        ("organization_invitation_resend", []),
        ("organization_invitation_revoke", []),
    ],
)
@pytest.mark.parametrize("who", ["ada", "pia"])
def test_a_person_of_acme_cannot_be_reached_through_bolts_address(sign_in, dana, bolt, who, name, arguments):
    address = page(name, bolt, dana.uuid, *arguments)

    assert sign_in(who).post(address, {"first_name": "X", "last_name": "Y", "reason": "r"}).status_code == 404
    assert Membership.objects.get(pk=dana.pk).list_name == "whitfield dana"


def test_partner_staff_are_not_among_the_people_of_a_client(sign_in, cast, acme):
    shown = sign_in("ada").get(page("settings_users", acme)).content.decode().partition('id="main"')[2]

    assert "Otto Brandt" in shown
    assert "Ben Okafor" not in shown
    assert sign_in("ada").get(page("organization_user_edit", acme, cast["ben"].uuid)).status_code == 404


@pytest.mark.parametrize("who", ["ada", "otto"])
def test_creating_confirms_mails_and_lists_the_person(sign_in, acme, northwind, who):
    shown = sign_in(who).post(page("organization_user_create", acme), typed(), follow=True).content.decode()

    member = Membership.objects.get(user__email=DANAS_EMAIL)
    assert "The account of Dana Whitfield is created" in shown
    assert "Invited, 7 days left" in shown
    assert (member.partner, member.organization, member.role) == (northwind, acme, Role.ORGANIZATION_USER)
    assert (member.joined_at, member.user.has_usable_password()) == (None, False)
    entry = AuditEntry.objects.get(action="member.created")
    assert (entry.organization_id, entry.details["name"]) == (acme.pk, "Dana Whitfield")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("first_name", "", "Enter first name."),
        ("first_name", "x" * 10_240, "at most 80"),
        ("first_name", "Dana\r\nBcc: evil@example.com", "line breaks"),
        ("first_name", "Da\x00na", "Null characters"),
        ("last_name", "http://evil.example", "not an address of a web page"),
        ("last_name", "\u202e", "invisible"),
        ("email", "", "own email address"),
        ("email", "not an address", "valid email"),
        ("email", "dana@example.com\nBcc: evil@example.com", "valid email"),
        ("email", "x" * 250 + "@example.com", "at most 254"),
        ("email", "otto.brandt@example.com", "already belongs to Acme Dental"),
        ("email", "OTTO.Brandt@example.com", "already belongs to Acme Dental"),
    ],
)
def test_a_malformed_field_answers_with_the_form_and_a_sentence(sign_in, acme, field, value, says):
    before = User.objects.count(), Membership.objects.count()

    answer = sign_in("otto").post(page("organization_user_create", acme), typed(**{field: value}))

    assert answer.status_code == 422
    assert says in str(answer.context["form"].errors)
    assert (User.objects.count(), Membership.objects.count()) == before
    assert not OutgoingEmail.objects.exists()


def test_fields_that_the_form_does_not_have_change_nothing(sign_in, acme, bolt, rival):
    sign_in("otto").post(
        page("organization_user_create", acme),
        typed(role="ADMINISTRATOR", organization=str(bolt.uuid), partner=str(rival.uuid), products=["CLOUD_BACKUP"]),
    )

    member = Membership.objects.get(user__email=DANAS_EMAIL)
    assert (member.organization, member.role, member.products) == (acme, Role.ORGANIZATION_USER, [])


def test_a_shared_address_is_warned_about_and_taken_only_when_confirmed(sign_in, acme):
    browser = sign_in("otto")

    warned = browser.post(page("organization_user_create", acme), typed(email="reception@acme.example"))
    confirmed = browser.post(
        page("organization_user_create", acme), typed(email="reception@acme.example", is_personal="on")
    )

    assert "looks like a shared address" in warned.content.decode()
    assert (warned.status_code, confirmed.status_code) == (422, 302)


def test_somebody_known_elsewhere_gets_a_second_place_and_the_inviter_learns_nothing(sign_in, cast, acme):
    give_app(cast["pia"].user)
    browser = sign_in("otto")
    for email in ("pia.roth@example.com", "ben.okafor@example.com", "nobody.yet@example.com"):
        browser.post(page("organization_user_create", acme), typed(email=email))

    shown = browser.get(page("settings_users", acme)).content.decode()

    rows = re.findall(r'<tr role="row">.*?</tr>', shown, re.DOTALL)
    invited = [re.sub(r"[0-9a-f-]{36}", "", row) for row in rows if "Invited" in row]
    for email in ("pia.roth", "ben.okafor", "nobody.yet"):
        invited = [row.replace(email, "somebody") for row in invited]
    forms = {re.sub(r'value="\w{64}"', "", row) for row in invited}
    assert (len(rows), len(invited), len(forms)) == (4, 3, 1)
    assert "Pia" not in shown
    assert "Roth" not in shown.replace("pia.roth@", "")
    assert kinds_of_mail() == ["added_to_organization", "added_to_organization", "organization_invitation"]


def test_the_database_refuses_the_same_person_twice_at_one_organization(cast, northwind, acme, noon):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_member(cast["otto"].user, northwind, Role.ORGANIZATION_USER, organization=acme)

    with pytest.raises(AlreadyMember, match="Acme Dental"):
        create_organization_user(
            organization=acme, first_name="O", last_name="B", email="otto.brandt@example.com",
            actor=cast["ada"].user, now=noon,
        )  # fmt: skip


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_create_makes_one_account(cast, acme, noon):
    def create():
        create_organization_user(organization=acme, actor=cast["otto"].user, now=noon, **typed())

    outcomes = in_two_threads(create, create)

    assert sorted(map(str, outcomes)) == sorted(map(str, [None, AlreadyMember]))
    assert Membership.objects.filter(user__email=DANAS_EMAIL).count() == 1


def test_the_list_says_how_each_person_stands(sign_in, cast, sara, dana):
    give_app(sara.user)

    shown = re.findall(
        r'<tr role="row">.*?</tr>',
        sign_in("otto").get(page("settings_users", dana.organization)).content.decode(),
        re.S,
    )

    otto, quist, whitfield = shown
    assert ["(you)" in row for row in shown] == [True, False, False]
    assert 'data-label="MFA">Off' in otto
    assert 'data-label="MFA">On' in quist
    assert 'data-label="MFA">–' in whitfield
    assert "Delete…" not in otto
    assert "Delete…" in quist


def test_the_list_costs_the_same_with_three_and_with_thirty(
    sign_in, cast, northwind, acme, sara, dana, django_assert_num_queries
):
    browser, staff = sign_in("otto"), sign_in("ada")
    address = page("settings_users", acme)
    browser.get(address), staff.get(address)

    with django_assert_num_queries(6):
        browser.get(address)
    with django_assert_num_queries(8):
        staff.get(address)
    for number in range(27):
        member = make_member(
            make_user(f"Kim{number}"), northwind, Role.ORGANIZATION_USER, organization=acme, products=[]
        )
        if number % 2:
            give_app(member.user)
    with django_assert_num_queries(6):
        assert len(browser.get(address).context["rows"]) == 30
    with django_assert_num_queries(8):
        staff.get(address)


def test_long_lists_come_in_pages(sign_in, northwind, acme):
    for number in range(55):
        make_member(make_user(f"Kim{number}"), northwind, Role.ORGANIZATION_USER, organization=acme, products=[])
    browser = sign_in("otto")

    pages = [browser.get(page("settings_users", acme) + query) for query in ("", "?page=2", "?page=x", "?page=999")]

    assert [len(answer.context["rows"]) for answer in pages] == [50, 6, 50, 6]
