"""The Users tab: creating, editing and deleting people, and the rules that hold whoever asks."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from accounts.actions.members import create_member, delete_member, edit_member
from accounts.actions.memberships import AlreadyMember, LastAdministrator, NotYourself
from accounts.models import AuditEntry, Membership, User
from accounts.roles import GRANTS, ROLE_CARDS, Can, Product, Role
from accounts.tests.factories import make_member, make_user
from notifications.models import OutgoingEmail

NEW = "/users/new/"


def typed(**changes):
    return {
        "first_name": "Dana", "last_name": "Whitfield", "email": "dana.whitfield@northwind.example",
        "role": "BASIC", "products": ["CLOUD_BACKUP"], **changes,
    }  # fmt: skip


@pytest.fixture
def form(northwind):
    return lambda **changes: typed(**{"organization": str(northwind.uuid), **changes})


def edit(member, **changes):
    return {"first_name": member.user.first_name, "last_name": member.user.last_name, "role": member.role,
            "products": member.products, **changes}  # fmt: skip


def test_creating_confirms_mails_and_lists_the_person(sign_in, form, northwind):
    browser = sign_in("ada")

    page = browser.post(NEW, form(), follow=True).content.decode()

    member = Membership.objects.get(user__email="dana.whitfield@northwind.example")
    assert "The account of Dana Whitfield is created" in page
    assert "Invited, 7 days left" in page
    assert (member.partner, member.role, member.products, member.joined_at) == (
        northwind,
        "BASIC",
        ["CLOUD_BACKUP"],
        None,
    )
    assert not member.user.has_usable_password()
    assert OutgoingEmail.objects.get().to == "dana.whitfield@northwind.example"
    entry = AuditEntry.objects.get(action="member.created")
    assert (entry.actor, entry.details["role"]) == ("Ada Lindqvist", "BASIC")


@pytest.mark.parametrize(("who", "status"), [("ada", 302), ("ben", 403), ("cora", 403), ("otto", 404), ("rita", 422)])
def test_who_may_create_a_user_at_northwind(sign_in, form, who, status):
    answer = sign_in(who).post(NEW, form())

    assert answer.status_code == status
    assert User.objects.filter(email="dana.whitfield@northwind.example").exists() == (status == 302)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("first_name", "", "Enter first name."),
        ("first_name", "x" * 10_240, "at most 80"),
        ("first_name", "Dana\r\nBcc: evil@example.com", "line breaks"),
        ("first_name", "Da\x00na", "Null characters"),
        ("last_name", "http://evil.example", "not an address of a web page"),
        ("email", "not an address", "valid email"),
        ("email", "dana@example.com\nBcc: evil@example.com", "valid email"),
        ("email", "x" * 250 + "@example.com", "at most 254"),
        ("email", "ben.okafor@example.com", "already belongs to Northwind IT"),
        ("role", "OWNER", "Select a valid choice"),
        ("role", "ORGANIZATION_USER", "Select a valid choice"),
        ("role", "", "Choose one of the three roles"),
        ("products", ["ROCKETS"], "Select a valid choice"),
        ("organization", "nonsense", "Select a valid choice"),
    ],
)
def test_a_malformed_field_answers_with_the_form_and_a_sentence(sign_in, form, field, value, says):
    before = User.objects.count()

    answer = sign_in("ada").post(NEW, form(**{field: value}))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in str(answer.context["form"].errors)
    assert 'value="Whitfield"' in page or field == "last_name"
    assert User.objects.count() == before
    assert not OutgoingEmail.objects.exists()


def test_another_partners_organization_cannot_be_chosen(sign_in, form, rival):
    answer = sign_in("ada").post(NEW, form(organization=str(rival.uuid)))

    assert answer.status_code == 422
    assert not Membership.objects.filter(partner=rival, user__email__startswith="dana").exists()


@pytest.mark.parametrize("local", ["support", "info", "helpdesk", "help-desk", "Service.Desk", "it", "admin+north"])
def test_a_shared_address_is_warned_about_and_taken_only_when_confirmed(sign_in, form, local):
    browser = sign_in("ada")

    warned = browser.post(NEW, form(email=f"{local}@northwind.example"))
    confirmed = browser.post(NEW, form(email=f"{local}@northwind.example", is_personal="on"))

    assert "looks like a shared address" in warned.content.decode()
    assert "dana.whitfield@northwind.example" in warned.content.decode()
    assert (warned.status_code, confirmed.status_code) == (422, 302)


def test_a_name_like_irving_is_no_shared_address(sign_in, form):
    assert sign_in("ada").post(NEW, form(email="irving@northwind.example")).status_code == 302


def test_an_address_that_has_a_user_elsewhere_looks_the_same_to_the_inviter(sign_in, form, cast):
    browser = sign_in("ada")

    page = browser.post(NEW, form(email="rita.moss@example.com"), follow=True).content.decode()

    assert "The account of Dana Whitfield is created" in page
    assert "Rita" not in page
    assert "Not yet" in page
    assert OutgoingEmail.objects.get().kind == "added_to_partner"


def test_the_role_cards_say_it_in_the_words_of_the_page(sign_in):
    page = sign_in("ada").get(NEW).content.decode()

    for card in ROLE_CARDS.values():
        for line in card["can"]:
            assert line.replace("’", "’") in page


def test_editing_changes_name_role_and_products_and_says_so(sign_in, cast):
    ben = cast["ben"]

    sign_in("ada").post(ben.get_absolute_url(), edit(ben, first_name="Benedict", role="ACCOUNTANT", products=[]))

    ben.refresh_from_db()
    assert (ben.user.first_name, ben.role, ben.products) == ("Benedict", "ACCOUNTANT", [])
    entry = AuditEntry.objects.get(action="member.edited")
    assert entry.details == {
        "name": ["Ben Okafor", "Benedict Okafor"], "role": ["BASIC", "ACCOUNTANT"], "products": [["CLOUD_BACKUP"], []],
    }  # fmt: skip
    assert OutgoingEmail.objects.get().kind == "role_changed"


def test_the_address_is_read_only_afterwards(sign_in, cast):
    ben = cast["ben"]

    sign_in("ada").post(ben.get_absolute_url(), edit(ben, email="other@example.com"))

    assert User.objects.get(pk=ben.user_id).email == "ben.okafor@example.com"


def test_saving_without_a_change_leaves_no_trace(sign_in, cast):
    sign_in("ada").post(cast["ben"].get_absolute_url(), edit(cast["ben"]))

    assert not AuditEntry.objects.filter(action="member.edited").exists()


def test_the_name_of_a_person_of_two_companies_is_not_one_companys_to_change(sign_in, cast, rival):
    make_member(cast["ben"].user, rival)

    sign_in("ada").post(cast["ben"].get_absolute_url(), edit(cast["ben"], first_name="Mallory"))

    assert User.objects.get(pk=cast["ben"].user_id).first_name == "Ben"


def test_deleting_asks_first_then_ends_the_account_and_keeps_the_name(sign_in, cast):
    ben, bens_browser = cast["ben"], sign_in("ben")
    browser = sign_in("ada")
    browser.post(ben.get_absolute_url(), edit(ben, first_name="Benedict"))
    address = reverse("accounts:member_delete", args=[ben.uuid])

    asked = browser.get(address)
    still_there = Membership.objects.filter(pk=ben.pk).exists()
    browser.post(address)

    assert (asked.status_code, still_there) == (200, True)
    assert not Membership.objects.filter(pk=ben.pk).exists()
    assert bens_browser.get("/dashboard/").status_code == 302
    assert not User.objects.get(pk=ben.user_id).is_active
    assert set(AuditEntry.objects.filter(target_id=ben.pk).values_list("target", flat=True)) == {
        "Ben Okafor", "Benedict Okafor",
    } or AuditEntry.objects.get(action="member.deleted").target == "Benedict Okafor"  # fmt: skip
    assert "membership_removed" in OutgoingEmail.objects.values_list("kind", flat=True)


def test_a_person_of_two_companies_loses_only_the_one(sign_in, cast, rival):
    make_member(cast["ben"].user, rival)

    sign_in("ada").post(reverse("accounts:member_delete", args=[cast["ben"].uuid]))

    user = User.objects.get(pk=cast["ben"].user_id)
    assert user.is_active
    assert user.has_usable_password()
    assert [one.partner for one in user.memberships.all()] == [rival]


def test_nobody_deletes_or_demotes_oneself(sign_in, cast, northwind):
    make_member(make_user("Gil", "Abara"), northwind, Role.ADMINISTRATOR)
    browser, ada = sign_in("ada"), cast["ada"]

    browser.post(reverse("accounts:member_delete", args=[ada.uuid]))
    demoted = browser.post(ada.get_absolute_url(), edit(ada, role="BASIC"))

    ada.refresh_from_db()
    assert ada.role == "ADMINISTRATOR"
    assert "from yourself" in demoted.content.decode()


def test_the_last_administrator_stays(cast, noon):
    ada, ben = cast["ada"], cast["ben"]

    with pytest.raises(LastAdministrator):
        edit_member(
            membership=ada, first_name="Ada", last_name="L", role="BASIC", products=[], actor=ben.user, now=noon
        )
    with pytest.raises(LastAdministrator):
        delete_member(membership=ada, actor=ben.user, now=noon)
    with pytest.raises(NotYourself):
        delete_member(membership=ada, actor=ada.user, now=noon)

    assert Membership.objects.get(pk=ada.pk).role == "ADMINISTRATOR"


def test_an_invited_administrator_does_not_count_as_one(cast, northwind, noon):
    make_member(make_user("Gil", "Abara"), northwind, Role.ADMINISTRATOR, joined_at=None)

    with pytest.raises(LastAdministrator):
        delete_member(membership=cast["ada"], actor=cast["ben"].user, now=noon)


def in_two_threads(*works):
    """Run both at the same moment in connections of their own; return what each raised, or None."""
    barrier, outcomes = threading.Barrier(len(works)), [None] * len(works)

    def run(index, work):
        barrier.wait()
        try:
            work()
        except Exception as problem:
            outcomes[index] = type(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_demote_each_other_at_the_same_moment(cast, northwind, noon):
    ada = cast["ada"]
    gil = make_member(make_user("Gil", "Abara"), northwind, Role.ADMINISTRATOR)

    def demote(target, actor):
        return lambda: edit_member(
            membership=target, first_name="A", last_name="B", role="BASIC", products=[], actor=actor.user, now=noon
        )

    outcomes = in_two_threads(demote(ada, gil), demote(gil, ada))

    assert sorted(str(outcome) for outcome in outcomes) == sorted([str(None), str(LastAdministrator)])
    assert Membership.objects.filter(partner=northwind).administrators().count() == 1


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_the_same_address_invited_twice_at_the_same_moment_is_there_once(cast, northwind, noon):
    User.objects.create_user("dana@example.com", None, first_name="Dana", last_name="W")

    def create():
        create_member(
            partner=northwind, first_name="Dana", last_name="W", email="dana@example.com", role="BASIC", products=[],
            actor=cast["ada"].user, now=noon,
        )  # fmt: skip

    outcomes = in_two_threads(create, create)

    assert sorted(str(outcome) for outcome in outcomes) == sorted([str(None), str(AlreadyMember)])
    assert Membership.objects.filter(user__email="dana@example.com").count() == 1


def test_one_administrator_alone_is_warned_about(sign_in, northwind):
    browser = sign_in("ada")
    alone = browser.get("/users/").content.decode()
    make_member(make_user("Gil", "Abara"), northwind, Role.ADMINISTRATOR)

    assert "There is only one Administrator" in alone
    assert "There is only one Administrator" not in browser.get("/users/").content.decode()


def names_on(page):
    return [row.name for row in page.context["rows"]]


def test_the_list_searches_filters_sorts_and_pages(sign_in, northwind):
    for number in range(60):
        make_member(make_user(f"P{number:02}", "Zeta"), northwind)
    browser = sign_in("ada")

    assert len(names_on(browser.get("/users/"))) == 25
    assert names_on(browser.get("/users/?page=3"))[-1] == "P59 Zeta"
    assert names_on(browser.get("/users/?q=cora+MEND")) == ["Cora Mendes"]
    assert names_on(browser.get("/users/?q=ben.okafor@"))[0] == "Ben Okafor"
    assert names_on(browser.get("/users/?show=ACCOUNTANT")) == ["Cora Mendes"]
    assert names_on(browser.get("/users/?sort=-name"))[0] == "P59 Zeta"
    assert b"Nobody fits" in browser.get("/users/?q=nobody-like-this").content


@pytest.mark.parametrize(
    "query", ["page=999", "page=x", "sort=password", "show=NONSENSE", "q=" + "x" * 3000, "q=%25_'\"--"]
)
def test_odd_queries_are_answered(sign_in, query):
    assert sign_in("ada").get(f"/users/?{query}").status_code == 200


def test_the_list_costs_the_same_number_of_queries_however_many_people(sign_in, northwind, django_assert_num_queries):
    browser = sign_in("ada")
    browser.get("/users/")
    with django_assert_num_queries(USERS_PAGE_QUERIES):
        browser.get("/users/")
    for number in range(60):
        make_member(make_user(f"P{number:02}", "Zeta"), northwind)

    with django_assert_num_queries(USERS_PAGE_QUERIES):
        browser.get("/users/")


# session, user, memberships, counts, rows, organizations of the product menu, tickets of the navigation
USERS_PAGE_QUERIES = 7


def test_products_are_separate_from_roles():
    for role in Role:
        for permission in GRANTS[role]:
            member = Membership(role=role, products=[], billing_opened_at=None)
            granted = Membership(role=role, products=[Product.CLOUD_BACKUP])
            if permission == Can.SEE_ORGANIZATION and role != Role.ORGANIZATION_USER:
                assert (member.may(permission), granted.may(permission)) == (False, True)


def test_the_database_keeps_role_and_reach_together(cast, acme, bolt, rival):
    from django.db import IntegrityError, transaction

    wrong = [
        {"role": "BASIC", "organization": acme},
        {"role": "ORGANIZATION_USER", "organization": None},
        {"role": "ORGANIZATION_USER", "organization": acme, "partner": rival},
    ]
    for fields in wrong:
        fields = {"partner": cast["ada"].partner, **fields}
        user = make_user("Ivy")
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:  # noqa: PT012
            Membership.objects.create(user=user, **fields)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
