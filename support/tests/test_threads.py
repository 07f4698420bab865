"""What happens on a ticket: states, who is mailed, notes nobody else sees, closing, colleagues, the staff's desk."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from accounts.actions.members import delete_member
from accounts.models import AuditEntry
from accounts.roles import Role
from accounts.sentences import sentence
from notifications.models import OutgoingEmail
from support.actions.messages import add_comment, add_note
from support.actions.tickets import set_state
from support.forms.desk import HandlingForm
from support.models import Ticket
from support.models.ticket import State
from support.tests.factories import answer, at_desk, mailed, make_ticket


def comment(ticket, member, body="More of it.", at=None):
    return add_comment(
        ticket=ticket, membership=member, body=body, files=[], submission=uuid4(), now=at or timezone.now()
    )


def test_the_state_says_whose_turn_it_is(cast, leo, noon):
    ticket = make_ticket(cast["ben"], at=noon)
    states = []

    for step in (
        lambda: comment(ticket, cast["ada"]),
        lambda: set_state(ticket=ticket, state=State.WAITING_FOR_PARTNER, actor=leo, now=noon),
        lambda: comment(ticket, cast["ada"]),
        lambda: answer(ticket, leo, at=noon + timedelta(minutes=14)),
        lambda: comment(ticket, cast["cora"]),
        lambda: answer(ticket, leo, state=State.SOLVED, at=noon + timedelta(hours=2)),
        lambda: comment(ticket, cast["ben"], "It is back."),
    ):
        step()
        ticket.refresh_from_db()
        states.append(ticket.state)

    assert states == [
        "OPEN", "WAITING_FOR_PARTNER", "WAITING_FOR_SUPPORT", "WAITING_FOR_PARTNER", "WAITING_FOR_SUPPORT", "SOLVED",
        "WAITING_FOR_SUPPORT",
    ]  # fmt: skip
    assert ticket.first_answered_at == noon + timedelta(minutes=14)
    assert ticket.ended_at is None
    assert ticket.assignee == leo
    assert "Ben Okafor opened this again." in ticket.messages.filter(kind="EVENT").values_list("body", flat=True)


def test_everybody_on_a_ticket_is_mailed_but_whoever_wrote(cast, leo, sign_in):
    ticket = make_ticket(cast["ben"])
    sign_in("ben").post(reverse("support:watcher_add", args=[ticket.uuid]), {"member": cast["cora"].uuid})

    comment(ticket, cast["ada"])
    answer(ticket, leo, "Please *try* <b>again</b>")

    emails = {name: cast[name].user.email for name in ("ada", "ben", "cora")}
    assert mailed("ticket_created") == [emails["ben"]]
    # Ada is on it since she spoke.
    assert mailed("ticket_commented") == sorted([emails["ada"], *[emails["ben"], emails["cora"]] * 2])
    last = OutgoingEmail.objects.filter(kind="ticket_commented", to=emails["ben"]).latest("id")
    assert last.subject == f"Case #{ticket.number}: Graph answers 403"
    assert "Leo Hart (Support)" in last.text
    assert "Please *try* <b>again</b>" in last.text
    assert "&lt;b&gt;again" in last.html
    assert ticket.get_absolute_url() in last.text
    assert last.headers["X-Auto-Response-Suppress"] == "All"


def test_a_subject_with_line_breaks_makes_no_header(cast):
    make_ticket(cast["ben"], "Hello\nBcc: everybody@example.com")

    assert OutgoingEmail.objects.get().subject.endswith("Hello Bcc: everybody@example.com")


def test_whoever_has_left_the_company_is_mailed_no_more(cast, leo):
    ticket = make_ticket(cast["ben"])
    OutgoingEmail.objects.all().delete()
    delete_member(membership=cast["ben"], actor=cast["ada"].user, now=timezone.now())

    answer(ticket, leo)

    assert mailed("ticket_commented") == []
    assert Ticket.objects.get().requester_name == "Ben Okafor"


def test_whoever_was_locked_out_is_mailed_no_more(cast, leo):
    ticket = make_ticket(cast["ben"])
    cast["ben"].user.is_active = False
    cast["ben"].user.save()

    answer(ticket, leo)

    assert mailed("ticket_commented") == []


def test_an_internal_note_is_nowhere_on_the_partners_side(cast, leo, sign_in, desk, settings):
    settings.PLATFORM_STAFF_EMAILS = ["desk@portico.example"]
    ticket = make_ticket(cast["ada"])
    said = OutgoingEmail.objects.count()

    desk.post(at_desk(ticket), {"send": "x", "body": "They owe us zebras", "kind": "NOTE", "state": "SOLVED",
                                "submission": str(uuid4())})  # fmt: skip

    ada = sign_in("ada")
    assert b"zebras" in desk.get(at_desk(ticket)).content
    assert b"zebras" not in ada.get(ticket.get_absolute_url()).content
    assert ada.get("/support/?q=zebras").context["rows"] == []
    assert b"internal note" not in ada.get("/settings/activity/").content
    assert OutgoingEmail.objects.count() == said
    ticket.refresh_from_db()
    assert (ticket.state, ticket.first_answered_at) == (State.OPEN, None)
    noted = AuditEntry.objects.get(action="ticket.noted")
    assert (noted.chain.partner, sentence(noted)) == (None, f"wrote an internal note on {ticket}")


def test_a_file_of_an_internal_note_is_not_handed_to_the_partner(cast, leo, sign_in, desk):
    from support.tests.factories import make_attachment

    ticket = make_ticket(cast["ada"])
    note = add_note(ticket=ticket, actor=leo, body="x", files=[], submission=uuid4(), now=timezone.now())
    secret = make_attachment(note)

    url = reverse("support:attachment_download", args=[ticket.uuid, secret.uuid])

    assert sign_in("ada").get(url).status_code == 404
    assert desk.get(reverse("admin:support_ticket_file", args=[secret.uuid])).status_code == 200


@pytest.mark.parametrize(("who", "status"), [("ben", 302), ("ada", 302), ("cora", 403), ("rita", 404), ("otto", 404)])
def test_who_may_close_the_ticket_of_ben(cast, sign_in, who, status):
    ticket = make_ticket(cast["ben"])

    answered = sign_in(who).post(reverse("support:ticket_close", args=[ticket.uuid]))

    ticket.refresh_from_db()
    assert answered.status_code == status
    assert (ticket.state == State.CLOSED) == (status == 302)
    assert mailed("ticket_state_changed") == ([cast["ben"].user.email] if who == "ada" else [])


def test_whoever_handles_a_ticket_hears_that_the_partner_closed_it(cast, leo, sign_in, settings):
    settings.PLATFORM_STAFF_EMAILS = ["desk@portico.example"]
    ticket = make_ticket(cast["ben"])
    answer(ticket, leo)

    sign_in("ada").post(reverse("support:ticket_close", args=[ticket.uuid]))

    told = OutgoingEmail.objects.get(kind="ticket_needs_support", to=leo.email)
    assert f"Ada Lindqvist (Administrator) of Northwind IT set case #{ticket.number}" in told.text
    assert "to: Closed." in told.text
    assert "set this to: Closed" in told.html


@pytest.mark.parametrize("lost", ["is_staff", "is_superuser", "is_active"])
def test_whoever_is_not_of_the_staff_any_more_is_neither_mailed_nor_given_tickets(cast, leo, settings, lost):
    settings.PLATFORM_STAFF_EMAILS = ["desk@portico.example"]
    ticket = make_ticket(cast["ben"])
    answer(ticket, leo)
    setattr(leo, lost, False)
    leo.save()
    OutgoingEmail.objects.all().delete()

    comment(ticket, cast["ben"])

    assert mailed("ticket_needs_support") == ["desk@portico.example"]
    assert not HandlingForm().fields["assignee"].queryset.exists()


def test_a_comment_opens_what_was_closed(cast, sign_in):
    ticket = make_ticket(cast["ben"])
    ben = sign_in("ben")
    ben.post(reverse("support:ticket_close", args=[ticket.uuid]))

    ben.post(ticket.get_absolute_url(), {"body": "Still broken", "submission": str(uuid4())})

    ticket.refresh_from_db()
    assert (ticket.state, ticket.ended_at) == (State.WAITING_FOR_SUPPORT, None)


def test_an_empty_comment_is_refused_and_the_thread_stays_in_sight(cast, sign_in):
    ticket = make_ticket(cast["ben"])

    page = sign_in("ada").post(ticket.get_absolute_url(), {"body": " ", "submission": str(uuid4())})

    assert page.status_code == 422
    assert b"Write what you want to say." in page.content
    assert b"Every mailbox fails" in page.content


def test_a_thread_shows_in_which_role_each_wrote(cast, leo, sign_in):
    ticket = make_ticket(cast["cora"])
    answer(ticket, leo)
    cast["cora"].role = Role.BASIC
    cast["cora"].save()

    posts = sign_in("ada").get(ticket.get_absolute_url()).context["posts"]

    assert [(post.author, post.role) for post in posts] == [("Cora Mendes", "Accountant"), ("Leo Hart", "Support")]


def test_one_form_sent_eight_times_at_the_same_moment_is_one_ticket(transactional_db, cast):
    form = uuid4()

    def ask(_):
        try:
            return make_ticket(cast["ben"], submission=form).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(ask, range(8)))

    assert len(made) == 1
    assert Ticket.objects.get().messages.count() == 1


def test_fifty_comments_at_the_same_moment_are_fifty(transactional_db, cast):
    ticket = make_ticket(cast["ben"])
    problems = []

    def write(number):
        try:
            comment(ticket, cast["ada"], f"Comment {number}")
        except Exception as problem:  # told to the test, in whatever thread it was
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[number]) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert ticket.messages.count() == 51
    assert AuditEntry.objects.filter(action="ticket.commented").count() == 50
