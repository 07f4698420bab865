"""Tickets: who sees them, how they are asked, and what is refused."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.roles import Role
from accounts.sentences import sentence
from accounts.tests.factories import give_app, make_member, make_user
from conftest import signed_in_client
from notifications.models import OutgoingEmail
from support.actions.tickets import set_priority
from support.models import Message, Ticket
from support.models.ticket import State
from support.tests.factories import answer, make_staff, make_ticket, ticket_fields

LIST, CREATE = "/support/", "/support/new/"


def numbers(page):
    return [row.number for row in page.context["rows"]]


def ticket_at(url):
    return Ticket.objects.get(uuid=url.strip("/").rpartition("/")[2].partition("#")[0])


@pytest.mark.parametrize("who", ["ada", "ben", "cora"])
def test_every_role_of_the_company_asks_and_comments(sign_in, cast, settings, who):
    settings.PLATFORM_STAFF_EMAILS = ["desk@portico.example"]
    browser = sign_in(who)

    answered = browser.post(CREATE, ticket_fields())

    ticket = Ticket.objects.get()
    assert answered.url == ticket.get_absolute_url()
    assert (ticket.state, ticket.requester_name, ticket.requester_role) == (
        State.OPEN, cast[who].user.full_name, cast[who].role,
    )  # fmt: skip
    assert sentence(AuditEntry.objects.get(action="ticket.created")) == f"opened {ticket}"
    assert browser.post(answered.url, {"body": "And now?", "submission": str(uuid4())}).status_code == 302
    assert [message.body for message in ticket.messages.in_order()] == ["Since Sunday.", "And now?"]
    to_staff = OutgoingEmail.objects.filter(to="desk@portico.example").order_by("id")
    assert [mail.subject for mail in to_staff] == [
        f"Case #{ticket.number}, new, Northwind IT: Graph answers 403",
        f"Case #{ticket.number}, Northwind IT: Graph answers 403",
    ]
    assert f"{ticket.requester_name} ({cast[who].get_role_display()})" in to_staff[0].text


def test_everybody_of_the_company_sees_all_tickets_and_a_rival_none(sign_in, cast):
    ticket = make_ticket(cast["ben"])

    assert {who: numbers(sign_in(who).get(LIST)) for who in ("ada", "cora", "rita")} == {
        "ada": [ticket.number], "cora": [ticket.number], "rita": [],
    }  # fmt: skip
    assert sign_in("rita").get(ticket.get_absolute_url()).status_code == 404
    assert sign_in("otto").get(ticket.get_absolute_url()).status_code == 404
    assert sign_in("otto").get(LIST).status_code == 404


def test_a_ticket_names_only_a_client_the_person_may_see(sign_in, acme, rival):
    from organizations.tests.factories import make_organization

    make_organization(rival, "Rival Foods")
    ada = sign_in("ada")

    by_name = ada.post(CREATE, ticket_fields(client="acme dental"))
    by_id = ada.post(CREATE, ticket_fields(client=acme.client_id))
    foreign = ada.post(CREATE, ticket_fields(client="Rival Foods"))
    without_the_product = sign_in("cora").post(CREATE, ticket_fields(client="Acme Dental"))

    assert [by_name.status_code, by_id.status_code] == [302, 302]
    assert {ticket.organization for ticket in Ticket.objects.all()} == {acme}
    assert [foreign.status_code, without_the_product.status_code] == [422, 422]
    assert b"No client has this name" in foreign.content


def test_of_two_clients_that_fit_none_is_guessed(sign_in, northwind):
    from organizations.tests.factories import make_organization

    for name in ("Elm Vets", "Elm School"):
        make_organization(northwind, name)

    page = sign_in("ada").post(CREATE, ticket_fields(client="Elm"))

    assert b"More than one client fits" in page.content


def test_an_empty_form_says_what_is_missing_and_keeps_what_was_typed(sign_in):
    page = sign_in("ada").post(CREATE, ticket_fields(subject="", body="Long story", priority="NONE"))

    assert page.status_code == 422
    assert b"Say in a few words what it is about." in page.content
    assert b"Long story" in page.content
    assert not Ticket.objects.exists()


def test_the_same_form_sent_twice_is_one_ticket_and_one_comment(sign_in):
    ben, form, comment = sign_in("ben"), ticket_fields(), {"body": "Hello?", "submission": str(uuid4())}

    first, second = ben.post(CREATE, form), ben.post(CREATE, form)
    ben.post(first.url, comment)
    ben.post(first.url, comment)

    assert first.url == second.url
    assert Ticket.objects.get().messages.count() == 2


def test_another_text_in_a_form_that_was_sent_before_is_kept_once(sign_in, cast):
    ben, form, comment = sign_in("ben"), ticket_fields(), {"body": "Hello?", "submission": str(uuid4())}

    first, second, third, again = (
        ben.post(CREATE, form | words).url
        for words in ({}, {"subject": "Another"}, {"body": "Other words."}, {"body": "Other words."})
    )
    for url, body in ((first, "Hello?"), (first, "Anybody?"), (second, "Hello?"), (first, "Hello?")) * 2:
        ben.post(url, comment | {"body": body})

    assert len({first, second, third}) == 3
    assert third == again
    said = Message.objects.filter(ticket__in=[ticket_at(first), ticket_at(second)]).in_order()
    assert [message.body for message in said] == ["Since Sunday.", "Since Sunday.", "Hello?", "Anybody?", "Hello?"]


@pytest.mark.parametrize("submission", ["", "nonsense"])
def test_a_form_without_its_hidden_field_is_taken_all_the_same(sign_in, submission):
    assert sign_in("ben").post(CREATE, ticket_fields(submission=submission)).status_code == 302


def test_the_form_of_one_person_is_not_the_ticket_of_another(sign_in):
    form = ticket_fields()

    bens, ritas, again = (sign_in(who).post(CREATE, form).url for who in ("ben", "rita", "rita"))

    assert bens != ritas == again
    assert Ticket.objects.count() == 2


def test_a_shared_address_is_warned_of(sign_in, northwind):
    desk = make_member(make_user("Help", "Desk", email="helpdesk@northwind.example"), northwind)
    give_app(desk.user)

    assert b"looks like a shared address" in signed_in_client(desk).get(CREATE).content
    assert b"looks like a shared address" not in sign_in("ada").get(CREATE).content


def test_the_list_is_narrowed_by_everything_it_shows(sign_in, cast, acme):
    mine = make_ticket(cast["ada"], "Move an archive", priority="URGENT", organization=acme)
    bens = make_ticket(cast["ben"], "Invoice address", topic="BILLING", body="Our old street")
    done = make_ticket(cast["ben"], "Settled long ago")
    answer(bens, make_staff())
    answer(done, make_staff("Mia"), state=State.SOLVED)
    ada = sign_in("ada")

    counts = {code: count for code, _, count in ada.get(LIST).context["filters"]}
    found = {
        query: numbers(ada.get(f"{LIST}?{query}"))
        for query in ("show=OPEN&sort=number", "show=YOURS", "show=MINE", "show=ENDED", f"show=ALL&q=%23{done.number}",
                      "q=archive", "q=STREET+old", "topic=BILLING", "priority=URGENT", "client=acme", "client=nobody",
                      f"person={cast['ben'].user.uuid}", "topic=NONSENSE&sort=nonsense&page=x&person=y&show=z")
    }  # fmt: skip

    assert counts == {"OPEN": 2, "YOURS": 1, "MINE": 1, "ENDED": 1, "ALL": 3}
    assert found == {
        "show=OPEN&sort=number": [mine.number, bens.number], "show=YOURS": [bens.number], "show=MINE": [mine.number],
        "show=ENDED": [done.number], f"show=ALL&q=%23{done.number}": [done.number], "q=archive": [mine.number],
        "q=STREET+old": [bens.number], "topic=BILLING": [bens.number], "priority=URGENT": [mine.number],
        "client=acme": [mine.number], "client=nobody": [], f"person={cast['ben'].user.uuid}": [bens.number],
        "topic=NONSENSE&sort=nonsense&page=x&person=y&show=z": [bens.number, mine.number],
    }  # fmt: skip


def test_urgent_comes_first_when_sorted_by_priority(sign_in, cast):
    low, urgent, normal = (make_ticket(cast["ada"], priority=one) for one in ("LOW", "URGENT", "NORMAL"))

    page = sign_in("ada").get(f"{LIST}?sort=-priority")

    assert numbers(page) == [urgent.number, normal.number, low.number]


def test_a_long_list_and_a_long_thread_cost_as_many_queries_as_short_ones(sign_in, cast):
    ticket, ada = make_ticket(cast["ada"]), sign_in("ada")
    ada.get(LIST)

    def cost(path):
        with CaptureQueriesContext(connection) as queries:
            assert ada.get(path).status_code == 200
        return len(queries)

    few = cost(LIST), cost(ticket.get_absolute_url())
    now = timezone.now()
    Ticket.objects.bulk_create(
        Ticket(partner=ticket.partner, requester=cast["ben"].user, requester_name="Ben", requester_role=Role.BASIC,
               subject=f"Question {number}", topic="PORTAL", created_at=now, last_word_at=now)
        for number in range(60)
    )  # fmt: skip
    for number in range(12):
        message = ticket.messages.create(kind="COMMENT", author=cast["ben"].user, author_name="Ben", created_at=now)
        message.attachments.create(name="a.txt", size=1, stored_as=f"nowhere/{number}")

    assert (cost(LIST), cost(ticket.get_absolute_url())) == few
    assert len(numbers(ada.get(LIST))) == 25


def test_scripts_in_markdown_are_text(sign_in, cast):
    ticket = make_ticket(
        cast["ada"],
        "<script>alert(1)</script>",
        body="<script>alert(2)</script> [x](javascript:alert(3)) ![y](https://evil.example/z.png) **bold** <img src=x "
        "onerror=alert(4)>",
    )

    page = sign_in("ada").get(ticket.get_absolute_url()).content.decode()

    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "<img src=x" not in page
    assert 'src="https://evil' not in page


def test_a_median_tells_how_long_answers_take(sign_in, cast):
    now, leo = timezone.now(), make_staff()
    for minutes in (10, 22, 300):
        ticket = make_ticket(cast["ada"], at=now - timedelta(days=1))
        answer(ticket, leo, at=now - timedelta(days=1) + timedelta(minutes=minutes))

    page = sign_in("ada").get(LIST).content.decode()

    assert "Median first answer: 22 m" in page


def test_the_rail_counts_what_is_open(sign_in, cast):
    make_ticket(cast["ben"])

    page = sign_in("ada").get("/dashboard/").content.decode()

    assert f'href="{LIST}">' in page
    assert '<span class="rail-count">1</span>' in page
    assert reverse("support:contact_list") in page
    assert "rail-count" not in sign_in("rita").get("/dashboard/").content.decode().split("Users")[0]


def test_what_staff_changes_is_told_in_the_thread_and_the_log(sign_in, cast):
    ticket, leo = make_ticket(cast["ada"]), make_staff()

    set_priority(ticket=ticket, priority="URGENT", actor=leo, now=timezone.now())

    page = sign_in("ben").get(ticket.get_absolute_url()).content.decode()
    assert "Leo Hart set the priority to “Urgent”." in page
    assert sentence(AuditEntry.objects.latest("id")) == f"set the priority of {ticket} to Urgent"
    assert Message.objects.filter(kind="EVENT").count() == 1


def test_the_people_of_a_client_never_read_what_was_asked_about_them(sign_in, cast, acme):
    make_ticket(cast["ada"], "Acme does not pay", organization=acme)

    log = f"{acme.get_absolute_url()}audit-log/"

    assert b"does not pay" not in sign_in("otto").get(log).content
    assert b"does not pay" in sign_in("ada").get("/settings/activity/").content
