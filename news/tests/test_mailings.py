"""Newsletters: to those who want the category, once each, so many at a time, and never for a correction."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from accounts.tests.factories import make_member, make_user
from jobs import claims
from jobs.models import Job
from news.actions import mailings
from news.actions.news_items import save_news_item
from news.models import NewsItem
from news.tests.factories import make_news, subscribe
from notifications.models import EmailPreference, OutgoingEmail


def minute(now=None):
    """Let the clock strike once and do the work that is due, whatever its pause."""
    mailings.request_due_mailings(now or timezone.now())
    waiting = Job.objects.filter(kind=mailings.JOB, state=Job.State.QUEUED)
    waiting.update(not_before=timezone.now())
    return [claims.run(pk) for pk in waiting.values_list("pk", flat=True)]


def mailed():
    return sorted(OutgoingEmail.objects.filter(kind="newsletter").values_list("to", flat=True))


@pytest.fixture
def readers(cast):
    """Ada, ben and rita want product updates; cora said no to everything."""
    for who in ("ada", "ben", "rita"):
        subscribe(cast[who], "PRODUCT")
    for category in EmailPreference.Category.values:
        subscribe(cast["cora"], category, wants=False)
    return {who: cast[who].user.email for who in cast}


def test_those_who_want_the_category_are_mailed_and_nobody_else(readers):
    make_news(is_mailed=True)

    minute()

    assert mailed() == sorted(readers[who] for who in ("ada", "ben", "rita"))


def test_a_category_that_is_on_by_default_reaches_who_never_answered_but_no_client(readers):
    make_news(category="STATUS", is_mailed=True)

    minute()

    assert mailed() == sorted(readers[who] for who in ("ada", "ben", "rita"))


def test_news_for_some_partners_is_mailed_to_them_alone(readers, rival):
    make_news(is_mailed=True, only_for=[rival])

    minute()

    assert mailed() == [readers["rita"]]


@pytest.mark.parametrize(
    "fields", [{"is_mailed": False}, {"is_withdrawn": True}, {"publish_at": timezone.now() + timedelta(days=999)}]
)
def test_what_is_not_to_be_mailed_or_not_yet_out_mails_nobody(readers, fields):
    make_news(**{"is_mailed": True, **fields})

    minute()

    assert mailed() == []


def test_who_cannot_sign_in_is_not_mailed(readers, cast, northwind):
    for member in (make_member(make_user("Ivy"), northwind, joined_at=None), cast["ben"]):
        subscribe(member, "PRODUCT")
    cast["ben"].user.is_active = False
    cast["ben"].user.save()
    make_news(is_mailed=True)

    minute()

    assert mailed() == sorted(readers[who] for who in ("ada", "rita"))


def test_somebody_of_two_companies_gets_one_mail(readers, cast, rival):
    make_member(cast["ada"].user, rival, Role.BASIC)
    make_news(is_mailed=True)

    minute()

    assert mailed().count(readers["ada"]) == 1


def test_mails_go_out_in_batches_a_minute_apart(readers, monkeypatch):
    monkeypatch.setattr(mailings, "BATCH", 2)
    item = make_news(is_mailed=True)

    minute()
    job, item = Job.objects.get(kind=mailings.JOB), NewsItem.objects.get(pk=item.pk)

    assert (len(mailed()), job.state, item.mailed_at) == (2, Job.State.QUEUED, None)
    assert job.not_before > timezone.now() + timedelta(seconds=50)
    minute()
    assert len(mailed()) == 3
    assert NewsItem.objects.get().mailed_at


def test_a_correction_reaches_those_who_wait_and_mails_nobody_again(readers, monkeypatch, sam):
    monkeypatch.setattr(mailings, "BATCH", 2)
    item = make_news(is_mailed=True)
    stale = NewsItem.objects.get()
    minute()

    stale.title = "Restores are a little quicker"
    save_news_item(item=stale, only_for=[], actor=sam, now=timezone.now())
    assert NewsItem.objects.get().mailed_up_to > 0
    for _ in range(3):
        minute()

    subjects = OutgoingEmail.objects.filter(kind="newsletter").order_by("pk").values_list("subject", flat=True)
    assert list(subjects) == [item.title, item.title, stale.title]
    assert len(set(mailed())) == 3


def test_withdrawing_stops_the_mails_that_wait(readers, monkeypatch):
    monkeypatch.setattr(mailings, "BATCH", 1)
    make_news(is_mailed=True)
    minute()

    NewsItem.objects.update(is_withdrawn=True)
    minute()

    assert len(mailed()) == 1
    assert Job.objects.get(kind=mailings.JOB).state == Job.State.DONE


def test_even_a_mailing_that_begins_anew_sends_nothing_twice(readers):
    make_news(is_mailed=True)
    minute()

    NewsItem.objects.update(mailed_up_to=0, mailed_at=None)
    minute()

    assert len(mailed()) == 3


def test_one_click_in_the_mail_ends_that_kind_and_no_other(readers, cast):
    ben = cast["ben"].user
    subscribe(cast["ben"], "RELEASES")
    make_news(is_mailed=True)
    minute()
    mail = OutgoingEmail.objects.get(to=ben.email)
    link = re.search(r"<http://localhost(/unsubscribe/[^>]+)>", mail.headers["List-Unsubscribe"]).group(1)

    answer = Client().post(link, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    make_news("Second", is_mailed=True)
    make_news("Third", is_mailed=True, category="RELEASES")
    minute()
    mails = OutgoingEmail.objects.filter(to=ben.email).order_by("pk")
    assert list(mails.values_list("subject", flat=True)) == ["Restores are quicker", "Third"]


def test_the_mail_says_all_of_it_and_why_it_came(readers):
    item = make_news(is_mailed=True)
    minute()

    mail = OutgoingEmail.objects.filter(kind="newsletter").first()
    assert "We read <strong>ahead</strong> now." in mail.html
    assert "We read **ahead** now." in mail.text
    assert f"http://localhost{item.get_absolute_url()}" in mail.text
    assert "because you get the newsletter “Product updates”" in mail.text
    assert "http://localhost/account/newsletters/" in mail.text


def test_the_clock_asks_once_for_each_item_that_is_due(readers):
    make_news(is_mailed=True)
    make_news("Later", is_mailed=True, publish_at=timezone.now() + timedelta(days=1))

    for _ in range(2):
        mailings.request_due_mailings(timezone.now())

    assert Job.objects.filter(kind=mailings.JOB).count() == 1
