"""The staff's side in Django admin: the queue, the desk of one ticket, and the answer times."""

from datetime import timedelta
from uuid import uuid4

from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.roles import Role
from accounts.sentences import changes, sentence
from support.models import Attachment, CannedAnswer, Message
from support.models.ticket import State
from support.tests.factories import PNG, answer, at_desk, mailed, make_staff, make_ticket


def test_staff_answers_at_the_desk_and_sees_who_asked_with_which_role(cast, leo, desk):
    ticket = make_ticket(cast["ben"])
    cast["ben"].role = Role.ADMINISTRATOR
    cast["ben"].save()
    page = desk.get(at_desk(ticket)).content.decode()

    answered = desk.post(at_desk(ticket), {"send": "x", "body": "Done", "kind": "ANSWER", "state": "SOLVED",
                                           "submission": str(uuid4())})  # fmt: skip

    ticket.refresh_from_db()
    assert "<strong>Ben Okafor</strong>, Basic when asking, Administrator now" in page
    assert "Northwind IT" in page
    assert answered.status_code == 302
    assert (ticket.state, ticket.assignee) == (State.SOLVED, leo)
    assert mailed("ticket_commented") == [cast["ben"].user.email]


def test_a_long_thread_is_drawn_a_page_at_a_time_and_opens_at_its_end(cast, leo, desk, monkeypatch):
    monkeypatch.setattr("support.desk.POSTS_A_PAGE", 2)
    ticket = make_ticket(cast["ben"], body="The first word")
    for number in range(4):
        answer(ticket, leo, f"Answer {number}")

    opened, first = (desk.get(f"{at_desk(ticket)}{query}") for query in ("", "?page=1"))

    assert [post.html for post in opened.context["posts"]] == ["<p>Answer 3</p>\n"]
    assert [post.html for post in first.context["posts"]] == ["<p>The first word</p>\n", "<p>Answer 0</p>\n"]
    assert b'rel="prev"' in opened.content


def test_staff_sends_files_larger_than_other_pages_take(cast, desk):
    ticket, large = make_ticket(cast["ben"]), PNG + bytes(3 * 1024 * 1024)

    desk.post(at_desk(ticket), {"send": "x", "body": "See", "kind": "ANSWER", "state": "SOLVED",
                                "submission": str(uuid4()), "files": [SimpleUploadedFile("a.png", large)]})  # fmt: skip

    assert Attachment.objects.get().size == len(large)


def test_a_canned_answer_joins_what_was_typed(cast, desk):
    ticket = make_ticket(cast["ben"])
    canned = CannedAnswer.objects.create(title="Consent", body="Authorize again.")

    page = desk.post(at_desk(ticket), {"insert": "x", "body": "Hello Ben,", "canned": canned.pk, "kind": "NOTE"})

    assert page.context["answer"]["body"].value() == "Hello Ben,\n\nAuthorize again."
    assert page.context["answer"]["kind"].value() == "NOTE"
    assert ticket.messages.count() == 1


def test_canned_answers_are_written_and_removed_with_a_note(desk):
    add, texts = "/admin/support/cannedanswer/add/", {"title": "Consent", "body": "Authorize again."}
    desk.post(add, texts)
    at = f"/admin/support/cannedanswer/{CannedAnswer.objects.get().pk}"
    for new in ({"body": "Authorize it again."}, {"body": "Authorize it again."}):
        desk.post(f"{at}/change/", texts | new)
    desk.post(f"{at}/delete/", {"post": "yes"})

    noted = AuditEntry.objects.filter(action__startswith="canned_answer.").order_by("number")
    assert [(sentence(entry), changes(entry)) for entry in noted] == [
        ("wrote the canned answer “Consent”", []),
        ("changed the canned answer “Consent”", ["text: 16 characters → 19 characters"]),
        ("removed the canned answer “Consent”", []),
    ]
    assert not CannedAnswer.objects.exists()


def test_handling_is_changed_at_the_desk_and_told(cast, leo, desk):
    ticket, mia = make_ticket(cast["ben"]), make_staff("Mia", "Berg")

    desk.post(at_desk(ticket), {"handle": "x", "assignee": mia.pk, "priority": "URGENT", "state": "CLOSED"})
    refused = desk.post(at_desk(ticket), {"handle": "x", "assignee": cast["ada"].user.pk, "priority": "X", "state": ""})
    desk.post(at_desk(ticket), {"take": "x"})

    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.priority, ticket.state) == (leo, "URGENT", State.CLOSED)
    assert refused.status_code == 422
    assert {"Mia Berg handles this now.", "Leo Hart handles this now."} <= set(
        ticket.messages.values_list("body", flat=True)
    )


def test_two_who_change_different_things_at_once_do_not_undo_each_other(cast, leo, desk):
    ticket = make_ticket(cast["ben"])
    shown = {f"initial-{name}": value for name, value in (("assignee", ""), ("priority", "NORMAL"), ("state", "OPEN"))}
    typed = {"handle": "x", "assignee": "", "priority": "NORMAL", "state": "OPEN"}
    page = desk.get(at_desk(ticket)).content.decode()

    desk.post(at_desk(ticket), shown | typed | {"priority": "URGENT"})
    desk.post(at_desk(ticket), shown | typed | {"assignee": leo.pk})

    ticket.refresh_from_db()
    assert (ticket.priority, ticket.assignee, ticket.state) == ("URGENT", leo, State.OPEN)
    assert 'name="initial-priority"' in page


def test_the_queue_shows_what_is_open_most_urgent_first(cast, leo, desk):
    done, low, urgent = (make_ticket(cast["ben"], name, priority=priority) for name, priority in (
        ("Done", "NORMAL"), ("Low", "LOW"), ("Pressing", "URGENT")))  # fmt: skip
    answer(done, leo, state=State.SOLVED)

    def queue(query=""):
        return [ticket.pk for ticket in desk.get(f"/admin/support/ticket/{query}").context["cl"].result_list]

    desk.post("/admin/support/ticket/", {"action": "assign_to_me", "_selected_action": [low.pk]})

    assert queue() == [urgent.pk, low.pk]
    assert queue("?queue=mine") == [low.pk]
    assert queue("?queue=nobody") == [urgent.pk]
    assert queue("?queue=ended") == [done.pk]
    assert len(queue("?queue=all")) == 3


def test_answer_times_are_medians_of_each_week(cast, leo, desk):
    asked = timezone.now() - timedelta(days=1)
    for minutes in (10, 20, 90):
        ticket = make_ticket(cast["ben"], at=asked)
        answer(ticket, leo, at=asked + timedelta(minutes=minutes), state=State.SOLVED)
    make_ticket(cast["ben"], at=asked)

    (week,) = desk.get("/admin/support/ticket/times/").context["weeks"]

    assert (week["asked"], week["answered"], week["settled"]) == (4, 3, 3)
    assert (week["first_answer"], week["resolution"]) == ("20 m", "20 m")


def test_staff_without_the_right_to_change_may_read_and_not_answer(cast, leo, desk):
    leo.is_superuser = False
    leo.save()
    leo.user_permissions.add(Permission.objects.get(codename="view_ticket"))
    ticket = make_ticket(cast["ben"])

    read = desk.get(at_desk(ticket))
    refused = desk.post(at_desk(ticket), {"send": "x", "body": "Hi", "kind": "ANSWER", "state": "SOLVED",
                                          "submission": str(uuid4())})  # fmt: skip

    assert (read.status_code, refused.status_code) == (200, 403)
    assert Message.objects.filter(kind="ANSWER").count() == 0
