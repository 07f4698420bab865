"""Colleagues on a ticket: who is added, who goes, how many there may be, and that whoever left counts no more."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actions.members import delete_member
from accounts.models import AuditEntry
from accounts.sentences import sentence
from accounts.tests.factories import make_member, make_user
from support.actions.notices import people_on
from support.actions.watchers import WATCHERS_AT_MOST
from support.tests.factories import answer, mailed, make_ticket


@pytest.fixture
def twenty(cast):
    """A ticket of Ben's that as many colleagues watch as may; returns it and their memberships."""
    ticket = make_ticket(cast["ben"])
    members = [make_member(make_user("Somebody"), cast["ben"].partner) for _ in range(WATCHERS_AT_MOST)]
    for member in members:
        ticket.watchers.create(user=member.user, added_at=timezone.now())
    return ticket, members


def add(browser, ticket, member):
    return browser.post(reverse("support:watcher_add", args=[ticket.uuid]), {"member": member.uuid}, follow=True)


def test_colleagues_are_added_and_taken_off_and_strangers_are_not(cast, sign_in):
    ticket, ben = make_ticket(cast["ben"]), sign_in("ben")
    add = reverse("support:watcher_add", args=[ticket.uuid])

    answers = {who: ben.post(add, {"member": cast[who].uuid}).status_code for who in ("ada", "rita", "otto", "ben")}
    nonsense = ben.post(add, {"member": "x"}).status_code
    ben.post(reverse("support:watcher_remove", args=[ticket.uuid, cast["ada"].user.uuid]))

    assert answers == {"ada": 302, "rita": 422, "otto": 422, "ben": 422}
    assert nonsense == 422
    assert not ticket.watchers.exists()
    noted = AuditEntry.objects.filter(action__startswith="ticket.watcher").order_by("number")
    assert [sentence(entry) for entry in noted] == [
        f"added Ada Lindqvist to {ticket}", f"took Ada Lindqvist off {ticket}",
    ]  # fmt: skip


def test_whoever_comes_or_goes_by_oneself_is_said_to(cast, sign_in):
    ticket, ada = make_ticket(cast["ben"]), sign_in("ada")

    ada.post(reverse("support:watcher_add", args=[ticket.uuid]), {"member": cast["ada"].uuid})
    ada.post(reverse("support:watcher_remove", args=[ticket.uuid, cast["ada"].user.uuid]))

    events = ticket.messages.filter(kind="EVENT").in_order().values_list("body", flat=True)
    assert list(events) == ["Ada Lindqvist joined.", "Ada Lindqvist left."]


def test_not_more_than_twenty_are_mailed(cast, sign_in, twenty):
    ticket, _ = twenty

    page = add(sign_in("ben"), ticket, cast["ada"])

    assert b"20 colleagues are on this ticket" in page.content
    assert cast["ada"] not in people_on(ticket)


def test_whoever_has_left_makes_room(cast, sign_in, twenty):
    ticket, members = twenty
    delete_member(membership=members[0], actor=cast["ada"].user, now=timezone.now())

    add(sign_in("ben"), ticket, cast["ada"])

    assert cast["ada"] in people_on(ticket)
    assert ticket.watchers.count() == WATCHERS_AT_MOST


def test_whoever_left_and_was_invited_again_is_mailed_only_when_added_again(cast, leo, sign_in):
    ticket, cora = make_ticket(cast["ben"]), cast["cora"]
    ticket.watchers.create(user=cora.user, added_at=timezone.now())
    delete_member(membership=cora, actor=cast["ada"].user, now=timezone.now())
    cora.user.is_active = True
    cora.user.save()
    again = make_member(cora.user, cora.partner)

    answer(ticket, leo)
    before = mailed("ticket_commented")
    add(sign_in("ben"), ticket, again)

    assert before == [cast["ben"].user.email]
    assert again in people_on(ticket)
