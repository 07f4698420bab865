"""Settings, Users: the people of a client, looked after by partner staff and by each other."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions.memberships import AlreadyMember, MemberGone, NotYourself, NotYoursToRename
from accounts.actions.resets import ResetRefused, request_reset
from accounts.models import AuditEntry, Invitation, Membership, ResetRequest, User
from accounts.roles import Role
from accounts.tests.factories import PASSWORD, give_app, make_invitation, make_member, make_user
from accounts.tests.test_members import in_two_threads
from conftest import signed_in_client
from jobs.claims import run
from jobs.models import Job
from notifications.models import OutgoingEmail
from organizations.actions.organization_users import (
    create_organization_user,
    delete_organization_user,
    rename_organization_user,
)

EMAIL = "dana.whitfield@acme.example"
NEW = "purple lanterns under seven bridges"
FACTOR, SECRET_WORD = ResetRequest.What.SECOND_FACTOR, ResetRequest.What.PASSWORD
EVERYBODY = {"ada": 200, "ben": 200, "cora": 403, "otto": 200, "pia": 404, "rita": 404}


@pytest.fixture
def sara(cast, northwind, acme):
    """Sara is Otto's colleague."""
    return make_member(make_user("Sara", "Quist"), northwind, Role.ORGANIZATION_USER, organization=acme, products=[])


@pytest.fixture
def dana(cast, northwind, acme, noon):
    """Dana is invited to Acme and has not joined."""
    user = User.objects.create_user(EMAIL, None, first_name="Dana", last_name="Whitfield")
    member = make_member(user, northwind, Role.ORGANIZATION_USER, organization=acme, products=[], joined_at=None)
    make_invitation(member, token="a-token", at=timezone.now())
    return member


def page(name, organization, *args):
    return reverse(f"organizations:{name}", args=[organization.uuid, *args])


def person(member, name="organization_user_edit", *args):
    return page(name, member.organization, member.uuid, *args)


def typed(**changes):
    return {"first_name": "Dana", "last_name": "Whitfield", "email": EMAIL, **changes}


def kinds():
    return list(OutgoingEmail.objects.order_by("id").values_list("kind", flat=True))


def do_jobs():
    for job in Job.objects.filter(kind="finish_reset", state=Job.State.QUEUED):
        run(job.pk)


def reset(member, actor, what=FACTOR, **options):
    return request_reset(membership=member, what=what, reason="r", actor=actor.user, **options)


# Who may


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
    assert Membership.objects.filter(user__email=EMAIL, organization=acme).exists() == (status == 302)


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


# Creating


@pytest.mark.parametrize("who", ["ada", "otto"])
def test_creating_confirms_mails_and_lists_the_person(sign_in, acme, northwind, who):
    shown = sign_in(who).post(page("organization_user_create", acme), typed(), follow=True).content.decode()

    member = Membership.objects.get(user__email=EMAIL)
    assert "The account of Dana Whitfield is created" in shown
    assert "Invited, 7 days left" in shown
    assert (member.partner, member.organization, member.role) == (northwind, acme, Role.ORGANIZATION_USER)
    assert (member.joined_at, member.user.has_usable_password()) == (None, False)
    entry = AuditEntry.objects.get(action="member.created")
    assert (entry.organization_id, entry.details["name"]) == (acme.pk, "Dana Whitfield")


def test_the_mail_names_organization_and_partner_and_leads_to_the_organizations_door(sign_in, acme, northwind):
    sign_in("otto").post(page("organization_user_create", acme), typed())

    mail = OutgoingEmail.objects.get(kind="organization_invitation")
    assert mail.subject == "Otto Brandt invites you to Acme Dental"
    assert "the backup of Acme Dental, which Northwind IT looks after" in mail.text
    assert f"/organization/login/?partner={northwind.uuid}" in mail.text
    assert "partner portal" not in mail.text + mail.html
    assert Invitation.objects.get().expires_at - Invitation.objects.get().sent_at == timedelta(days=7)


def test_from_the_mail_over_the_password_to_the_own_organization_and_nowhere_else(sign_in, acme, client):
    sign_in("ada").post(page("organization_user_create", acme), typed())
    link = re.search(r"http://\S+(/invitation/\S+/)", OutgoingEmail.objects.get().text)[1]

    welcome = client.get(link).content.decode()
    joined = client.post(link, {"password": NEW, "again": NEW}, follow=True)
    door = joined.redirect_chain[-1][0]
    inside = client.post(door, {"login": EMAIL, "password": NEW}, follow=True)

    assert "Welcome to Acme Dental" in welcome
    assert "which Northwind IT looks after" in welcome
    assert "second factor" not in welcome
    assert door.startswith("/organization/login/?partner=")
    assert "You belong to Acme Dental now" in joined.content.decode()
    assert "what Northwind IT keeps for you" in joined.content.decode()
    assert inside.redirect_chain[-1][0] == acme.get_absolute_url()
    assert client.get("/dashboard/").status_code == 404


def test_a_dead_link_of_a_client_leads_to_the_clients_door(client, dana, northwind):
    dana.invitation.expires_at = timezone.now() - timedelta(seconds=1)
    dana.invitation.save()

    answer = client.get(reverse("accounts:invitation_accept", args=["a-token"]))

    assert answer.status_code == 410
    assert f'href="/organization/login/?partner={northwind.uuid}"' in answer.content.decode()
    assert 'href="/login/"' not in answer.content.decode()


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

    member = Membership.objects.get(user__email=EMAIL)
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
    assert kinds() == ["added_to_organization", "added_to_organization", "organization_invitation"]


def test_one_who_joins_a_second_organization_keeps_the_password_and_may_choose(sign_in, cast, acme, client):
    sign_in("ada").post(page("organization_user_create", acme), typed(email="pia.roth@example.com"))
    link = re.search(r"http://\S+(/invitation/\S+/)", OutgoingEmail.objects.get().text)[1]

    client.post(link, {"join": "yes"})
    client.post("/organization/login/", {"login": "pia.roth@example.com", "password": PASSWORD})
    choice = client.get(reverse("accounts:membership_choose")).content.decode()

    assert "Acme Dental" in choice
    assert "Bolt Bakery" in choice


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
    assert Membership.objects.filter(user__email=EMAIL).count() == 1


# The list


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


# Invitations


def test_sending_again_makes_the_old_link_useless(sign_in, dana, client):
    browser = sign_in("otto")

    shown = browser.post(person(dana, "organization_invitation_resend"), follow=True).content.decode()

    fresh = re.search(r"/invitation/([^/\s]+)/", OutgoingEmail.objects.get(kind="organization_invitation").text)[1]
    assert "gets a new link, valid for 7 days" in shown
    assert client.get(reverse("accounts:invitation_accept", args=["a-token"])).status_code == 404
    assert client.get(reverse("accounts:invitation_accept", args=[fresh])).status_code == 200


def test_an_invitation_taken_back_is_dead_and_says_so(sign_in, dana, client):
    shown = sign_in("otto").post(person(dana, "organization_invitation_revoke"), follow=True).content.decode()

    dead = client.get(reverse("accounts:invitation_accept", args=["a-token"]))
    assert "is taken back" in shown
    assert "Invitation taken back" in shown
    assert (dead.status_code, "taken back" in dead.content.decode()) == (410, True)


def test_one_who_joined_is_not_invited_again(sign_in, sara):
    make_invitation(sara, token="used", at=timezone.now(), accepted_at=timezone.now())

    shown = sign_in("otto").post(person(sara, "organization_invitation_resend"), follow=True).content.decode()

    assert "has joined already" in shown
    assert kinds() == []


# Changing the name


def test_a_colleague_changes_a_name(sign_in, sara):
    browser = sign_in("otto")

    shown = browser.post(person(sara), {"first_name": "Sarah", "last_name": "Quist"}, follow=True).content.decode()

    assert "Sarah Quist is saved" in shown
    assert User.objects.get(pk=sara.user_id).full_name == "Sarah Quist"
    entry = AuditEntry.objects.get(action="member.edited")
    assert (entry.organization_id, entry.details) == (
        sara.organization_id,
        {"name": ["Sara Quist", "Sarah Quist"]},
    )


def test_saving_the_same_name_changes_nothing(sign_in, sara):
    sign_in("otto").post(person(sara), {"first_name": "Sara", "last_name": "Quist"})

    assert not AuditEntry.objects.filter(action="member.edited").exists()


def test_the_name_of_an_invited_person_changes_in_the_invitation_only(sign_in, cast, acme):
    browser = sign_in("otto")
    browser.post(page("organization_user_create", acme), typed(email="pia.roth@example.com"))
    member = Membership.objects.get(organization=acme, user=cast["pia"].user)

    browser.post(person(member), {"first_name": "Dina", "last_name": "Whitfield"})

    assert Invitation.objects.get(membership=member).first_name == "Dina"
    assert User.objects.get(pk=cast["pia"].user_id).full_name == "Pia Roth"


def test_the_name_of_one_who_also_belongs_elsewhere_stays_the_persons_own(sign_in, cast, northwind, acme):
    make_member(cast["ada"].user, northwind, Role.ORGANIZATION_USER, organization=acme)
    ada_at_acme = Membership.objects.get(user=cast["ada"].user, organization=acme)

    answer = sign_in("otto").post(person(ada_at_acme), {"first_name": "Eve", "last_name": "Evil"})

    assert (answer.status_code, "Account settings" in str(answer.context["form"].errors)) == (422, True)
    assert User.objects.get(pk=cast["ada"].user_id).full_name == "Ada Lindqvist"


@pytest.mark.parametrize("name", ["", "x" * 10_240, "Sa\x00ra", "Sara\nBcc: x@y.example", "www.evil.example"])
def test_an_odd_name_is_refused(sign_in, sara, name):
    answer = sign_in("otto").post(person(sara), {"first_name": name, "last_name": "Quist"})

    assert answer.status_code == 422
    assert User.objects.get(pk=sara.user_id).first_name == "Sara"


# Deleting


def test_deleting_asks_first(sign_in, sara):
    shown = sign_in("otto").get(person(sara, "organization_user_delete")).content.decode()

    assert "Delete Sara Quist?" in shown
    assert Membership.objects.filter(pk=sara.pk).exists()


def test_a_deleted_person_is_led_to_the_door_at_the_next_click_and_told(sign_in, sara, acme):
    saras = Client()
    saras.post("/organization/login/", {"login": "sara.quist@example.com", "password": PASSWORD})
    assert saras.get(acme.get_absolute_url()).status_code == 200

    shown = sign_in("otto").post(person(sara, "organization_user_delete"), follow=True).content.decode()

    assert "The account of Sara Quist is deleted" in shown
    assert saras.get(acme.get_absolute_url()).url.startswith("/organization/login/")
    knock = saras.post("/organization/login/", {"login": "sara.quist@example.com", "password": PASSWORD})
    assert knock.status_code == 200
    mail = OutgoingEmail.objects.get(kind="membership_removed")
    assert (mail.to, mail.subject) == ("sara.quist@example.com", "Your account at Acme Dental is deleted")
    assert "Otto Brandt deleted your account at Acme Dental" in mail.text


def test_the_name_of_a_deleted_person_stays_in_the_log(sign_in, sara, acme):
    with transaction.atomic():
        rename_organization_user(
            membership=Membership.objects.get(organization=acme, user__first_name="Otto"), first_name="Otto",
            last_name="Brand", reach=Membership.objects.of_organization_users(), actor=sara.user, now=timezone.now(),
        )  # fmt: skip

    sign_in("ada").post(person(sara, "organization_user_delete"))

    log = sign_in("ada").get(page("organization_log", acme)).content.decode()
    assert "<strong>Sara Quist</strong> changed the user Otto Brand" in log
    assert "deleted the user Sara Quist" in log


def test_one_with_a_place_elsewhere_loses_only_this_one(sign_in, cast, northwind, acme):
    at_acme = make_member(cast["pia"].user, northwind, Role.ORGANIZATION_USER, organization=acme)
    at_acme_browser, at_bolt_browser = signed_in_client(at_acme), signed_in_client(cast["pia"])

    sign_in("otto").post(person(at_acme, "organization_user_delete"))

    assert at_acme_browser.get("/").url == "/organization/login/"
    assert at_bolt_browser.get(cast["pia"].organization.get_absolute_url()).status_code == 200


def test_nobody_deletes_the_own_account(sign_in, cast, acme):
    browser = sign_in("otto")

    asked = browser.get(person(cast["otto"], "organization_user_delete")).content.decode()
    shown = browser.post(person(cast["otto"], "organization_user_delete"), follow=True).content.decode()

    assert 'class="button button-danger"' not in asked
    assert "You cannot delete your own account. Nothing was changed. Ask a colleague, or Northwind IT." in shown
    assert Membership.objects.filter(pk=cast["otto"].pk).exists()


def test_partner_staff_delete_the_last_user(sign_in, cast, acme):
    shown = sign_in("ben").post(person(cast["otto"], "organization_user_delete"), follow=True).content.decode()

    assert "Nobody yet" in shown
    assert not Membership.objects.filter(organization=acme).exists()


def test_deleting_an_invited_person_kills_the_link_and_mails_nobody(sign_in, dana, client):
    sign_in("otto").post(person(dana, "organization_user_delete"))

    assert client.get(reverse("accounts:invitation_accept", args=["a-token"])).status_code == 404
    assert kinds() == []


def test_a_second_click_on_delete_finds_nothing(sign_in, sara, cast, noon):
    browser = sign_in("otto")
    browser.post(person(sara, "organization_user_delete"))

    assert browser.post(person(sara, "organization_user_delete")).status_code == 404
    with pytest.raises(MemberGone):
        delete_organization_user(membership=sara, actor=cast["otto"].user, now=noon)


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_of_two_who_delete_each_other_at_the_same_moment_one_stays(cast, sara, acme, noon):
    otto = cast["otto"]

    outcomes = in_two_threads(
        lambda: delete_organization_user(membership=sara, actor=otto.user, now=noon),
        lambda: delete_organization_user(membership=otto, actor=sara.user, now=noon),
    )

    assert sorted(map(str, outcomes)) == sorted(map(str, [None, MemberGone]))
    assert Membership.objects.filter(organization=acme).count() == 1


# Starting afresh


def test_a_colleague_with_a_third_around_resets_a_lost_phone_at_once(sign_in, cast, northwind, acme, sara):
    make_member(make_user("Hugo", "Marsh"), northwind, Role.ORGANIZATION_USER, organization=acme)
    give_app(sara.user)
    saras = signed_in_client(sara)

    shown = sign_in("otto").post(
        person(sara, "organization_user_reset", FACTOR), {"reason": "lost phone"}, follow=True
    )  # fmt: skip
    do_jobs()

    assert "is told by mail" in shown.content.decode()
    assert not Authenticator.objects.filter(user=sara.user).exists()
    assert saras.get("/account/").status_code == 302
    assert kinds() == ["reset_requested", "organization_second_factor_reset_done"]
    assert {entry.organization_id for entry in AuditEntry.objects.filter(action__startswith="reset.")} == {acme.pk}


def test_a_new_password_leads_back_to_the_organizations_door(sign_in, sara):
    answer = sign_in("ada").post(
        person(sara, "organization_user_reset", SECRET_WORD), {"reason": "phished"}, follow=True
    )
    do_jobs()

    mail = OutgoingEmail.objects.get(kind="password_reset")
    assert not User.objects.get(pk=sara.user_id).check_password(PASSWORD)
    assert "?door=organization" in mail.text
    assert "/password/new/" not in answer.content.decode()


def test_the_only_other_user_has_a_day_to_object_to_a_colleague_but_not_to_partner_staff(cast, sara, acme, noon):
    give_app(sara.user)
    give_app(cast["otto"].user)

    by_colleague = reset(sara, cast["otto"], now=noon)
    by_staff = reset(cast["otto"], cast["ben"], now=noon)

    assert (by_colleague.due_at - noon, by_staff.due_at - noon) == (timedelta(hours=24), timedelta())


def test_the_other_one_stops_it_in_time(sign_in, sara):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        sign_in("otto").post(person(sara, "organization_user_reset", SECRET_WORD), {"reason": "says so"})
        saras = signed_in_client(sara)
        saras.post(reverse("accounts:reset_stop", args=[ResetRequest.objects.get().uuid]))
        clock.shift(timedelta(hours=25))
        do_jobs()

    assert User.objects.get(pk=sara.user_id).check_password(PASSWORD)


def test_nobody_resets_the_own_account(cast, noon):
    give_app(cast["otto"].user)

    with pytest.raises(ResetRefused, match="own account. Ask a colleague"):
        reset(cast["otto"], cast["otto"], now=noon)


@pytest.mark.parametrize("what", [FACTOR, SECRET_WORD])
@pytest.mark.parametrize("who", ["otto", "ben", "ada"])
def test_an_administrator_is_not_reset_through_a_client(sign_in, cast, northwind, acme, what, who):
    gil = make_member(make_user("Gil", "Abara"), northwind, Role.ADMINISTRATOR)
    give_app(gil.user)
    gil_at_acme = make_member(gil.user, northwind, Role.ORGANIZATION_USER, organization=acme)

    shown = sign_in(who).post(person(gil_at_acme, "organization_user_reset", what), {"reason": "r"}, follow=True)

    assert "cannot be reset from here" in shown.content.decode()
    assert not ResetRequest.objects.exists()
    assert Authenticator.objects.filter(user=gil.user).exists()


def test_one_of_two_clients_is_reset_by_partner_staff_only(sign_in, cast, northwind, acme):
    pia_at_acme = make_member(cast["pia"].user, northwind, Role.ORGANIZATION_USER, organization=acme)
    address = person(pia_at_acme, "organization_user_reset", SECRET_WORD)

    refused = sign_in("otto").post(address, {"reason": "r"}, follow=True).content.decode()
    done = sign_in("ben").post(address, {"reason": "r"}, follow=True).content.decode()

    assert "cannot be reset from here" in refused
    assert "is told by mail" in done


@pytest.mark.parametrize("reason", ["", " ", "x" * 301, "line\nbreak", "nul\x00"])
def test_a_reason_is_needed(sign_in, sara, reason):
    answer = sign_in("otto").post(person(sara, "organization_user_reset", FACTOR), {"reason": reason})

    assert answer.status_code == 422
    assert not ResetRequest.objects.exists()


# A second factor of everyone


def test_partner_staff_require_a_second_factor_and_it_works_at_the_next_click(sign_in, sara, acme):
    saras = Client()
    saras.post("/organization/login/", {"login": "sara.quist@example.com", "password": PASSWORD})
    staff = sign_in("ben")
    before = staff.get(page("settings_users", acme)).content.decode()

    staff.post(page("organization_second_factor", acme), {"is_required": "on"})

    assert "2 people without one set it up at their next page" in before
    assert saras.get(acme.get_absolute_url()).url == reverse("accounts:second_factor_setup")
    entry = AuditEntry.objects.get(action="organization.edited")
    assert (entry.actor, entry.organization_id, entry.details) == (
        "Ben Okafor",
        acme.pk,
        {"second_factor_of_everyone": ["optional", "required"]},
    )


def test_making_it_optional_again_asks_nobody(sign_in, sara, acme):
    acme.requires_second_factor = True
    acme.save()
    staff = sign_in("ada")

    staff.post(page("organization_second_factor", acme))
    staff.post(page("organization_second_factor", acme))

    acme.refresh_from_db()
    assert acme.requires_second_factor is False
    assert AuditEntry.objects.filter(action="organization.edited").count() == 1


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 302), ("ben", 302), ("cora", 403), ("otto", 404), ("pia", 404), ("rita", 404)]
)
def test_who_may_require_it(sign_in, acme, who, status):
    answer = sign_in(who).post(page("organization_second_factor", acme), {"is_required": "on"})

    acme.refresh_from_db()
    assert (answer.status_code, acme.requires_second_factor) == (status, status == 302)
    assert sign_in(who).get(page("organization_second_factor", acme)).status_code in (404, 405, 403)


def test_organization_people_see_the_rule_in_words_and_no_switch(sign_in, acme):
    shown = sign_in("otto").get(page("settings_users", acme)).content.decode()

    assert 'role="switch"' not in shown
    assert f'href="{reverse("accounts:second_factor_detail")}"' in shown


def test_a_name_cannot_be_renamed_by_an_actor_who_was_deleted_meanwhile(cast, sara, noon):
    delete_organization_user(membership=cast["otto"], actor=cast["ada"].user, now=noon)

    with pytest.raises(MemberGone, match="Your own account"):
        rename_organization_user(
            membership=sara, first_name="X", last_name="Y", reach=Membership.objects.of_organization_users(),
            actor=cast["otto"].user, now=noon,
        )  # fmt: skip


def test_the_rules_hold_in_the_actions_too(cast, northwind, acme, noon):
    make_member(cast["ada"].user, northwind, Role.ORGANIZATION_USER, organization=acme)
    ada_at_acme = Membership.objects.get(user=cast["ada"].user, organization=acme)

    with pytest.raises(NotYourself):
        delete_organization_user(membership=ada_at_acme, actor=cast["ada"].user, now=noon)
    with pytest.raises(NotYoursToRename):
        rename_organization_user(
            membership=ada_at_acme, first_name="X", last_name="Y",
            reach=Membership.objects.of_organization_users(), actor=cast["otto"].user, now=noon,
        )  # fmt: skip
