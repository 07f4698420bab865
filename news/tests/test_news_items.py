"""News: written by staff, read by the partners it is for, unread until a person opens it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.sentences import sentence
from accounts.tests.factories import make_partner
from news.models import NewsItem
from news.tests.factories import make_news
from news.views.news_items import PAGE_SIZE

NEWS = "/dashboard/news/"
ADD = "/admin/news/newsitem/add/"


def typed(**changes):
    """Return what staff sends to write an item."""
    values = {"title": "Restores are quicker", "summary": "In half the time.", "body": "We read **ahead**.",
              "category": "PRODUCT", "publish_at_0": "2026-01-02", "publish_at_1": "10:00",
              "is_for_all": "on"}  # fmt: skip
    return {name: value for name, value in (values | changes).items() if value is not None}


def change(item):
    return f"/admin/news/newsitem/{item.pk}/change/"


def page_of(browser, path):
    return browser.get(path).content.decode()


def test_what_staff_writes_once_everybody_reads_on_the_dashboard_and_its_page(desk, sign_in):
    assert desk.post(ADD, typed()).status_code == 302
    item = NewsItem.objects.get()

    for who in ("ada", "cora", "rita"):
        browser = sign_in(who)
        assert "In half the time." in page_of(browser, "/dashboard/")
        assert "Restores are quicker" in page_of(browser, NEWS)
        assert "We read <strong>ahead</strong>." in page_of(browser, item.get_absolute_url())
    assert sign_in("otto").get(item.get_absolute_url()).status_code == 404


def test_news_for_some_partners_is_theirs_alone(desk, sign_in, northwind):
    desk.post(ADD, typed(is_for_all=None, only_for=[northwind.pk]))
    item = NewsItem.objects.get()

    rita = sign_in("rita")

    assert sign_in("ada").get(item.get_absolute_url()).status_code == 200
    assert rita.get(item.get_absolute_url()).status_code == 404
    assert [path for path in ("/dashboard/", NEWS) if "Restores" in page_of(rita, path)] == []


def test_news_of_a_partner_that_is_gone_does_not_become_everybodys(sign_in, cast):
    gone = make_partner("Gone IT")
    item = make_news(only_for=[gone])

    gone.delete()

    assert sign_in("rita").get(item.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"is_for_all": None}, "Choose the partners it is for"),
        ({"only_for": "{northwind}"}, "It is for all partners. Take that off"),
        ({"body": "x" * 20_001}, "at most 20000 characters"),
        ({"title": ""}, "This field is required"),
    ],
)
def test_staff_is_told_what_does_not_fit_and_nothing_typed_is_lost(desk, northwind, changes, says):
    changes = {name: northwind.pk if value == "{northwind}" else value for name, value in changes.items()}

    page = desk.post(ADD, typed(**changes)).content.decode()

    assert says in page
    assert "In half the time." in page
    assert not NewsItem.objects.exists()


def test_nobody_sees_news_before_its_time(sign_in, cast):
    item = make_news(publish_at=timezone.now() + timedelta(hours=1))
    ada = sign_in("ada")

    assert ada.get(item.get_absolute_url()).status_code == 404
    assert "Nothing was published yet" in page_of(ada, "/dashboard/")


def test_withdrawn_news_vanishes(desk, sign_in, cast):
    item = make_news()

    desk.post(change(item), typed(is_withdrawn="on"))

    ada = sign_in("ada")
    assert ada.get(item.get_absolute_url()).status_code == 404
    assert [path for path in ("/dashboard/", NEWS) if "Restores" in page_of(ada, path)] == []


def test_news_is_unread_until_that_person_opens_it(sign_in, cast):
    item = make_news()
    ada, ben = sign_in("ada"), sign_in("ben")
    assert "Unread" in page_of(ada, "/dashboard/")

    ada.get(item.get_absolute_url())
    ada.get(item.get_absolute_url())

    assert [("Unread" in page_of(ada, path), "Unread" in page_of(ben, path)) for path in ("/dashboard/", NEWS)] == [
        (False, True), (False, True),
    ]  # fmt: skip
    assert item.readings.count() == 1


def test_what_was_published_before_somebody_came_is_not_new_to_them(sign_in, cast):
    make_news(publish_at=cast["ada"].joined_at - timedelta(days=1))

    assert "Unread" not in page_of(sign_in("ada"), NEWS)


def test_a_correction_says_when_and_an_item_that_waits_is_not_corrected(desk, sign_in, cast):
    out, waiting = make_news(), make_news("Later", publish_at=timezone.now() + timedelta(days=300))

    desk.post(change(out), typed(body="We read *behind*."))
    desk.post(change(waiting), typed(title="Much later", publish_at_0="2099-01-01"))

    page = page_of(sign_in("ada"), out.get_absolute_url())
    waiting.refresh_from_db()
    assert "<em>behind</em>" in page
    assert "Corrected <time" in page
    assert waiting.corrected_at is None


def test_nothing_runs_in_what_staff_writes(sign_in, cast):
    item = make_news("<b>T</b>", body="<script>alert(1)</script>\n\n![x](https://x.example/p.png)\n\n[a](javascript:1)")

    page = page_of(sign_in("ada"), item.get_absolute_url())

    assert [bad for bad in ("<script>alert", "<img", "<b>T", 'href="javascript') if bad in page] == []


def test_what_staff_does_stands_in_the_platforms_log(desk, northwind):
    desk.post(ADD, typed())
    item = NewsItem.objects.get()
    desk.post(change(item), typed(title="Restores are slower", is_for_all=None, only_for=[northwind.pk]))
    desk.post(change(item), typed(title="Restores are slower", is_withdrawn="on"))
    desk.post(change(item), typed(title="Restores are slower"))

    entries = list(AuditEntry.objects.filter(action__startswith="news.").order_by("id"))
    assert [sentence(entry) for entry in entries] == [
        "wrote the news “Restores are quicker”", "changed the news “Restores are slower”",
        "withdrew the news “Restores are slower”", "showed the news “Restores are slower” again",
    ]  # fmt: skip
    assert {(entry.actor, entry.chain.partner) for entry in entries} == {("Sam Staff", None)}
    assert entries[1].details["title"] == ["Restores are quicker", "Restores are slower"]
    assert entries[1].details["only_for"] == [[], ["Northwind IT"]]


def test_nobody_deletes_news_and_partners_do_not_write_any(desk, sign_in, cast):
    item = make_news()

    assert desk.post(f"/admin/news/newsitem/{item.pk}/delete/", {"post": "yes"}).status_code == 403
    assert sign_in("ada").post(ADD, typed()).status_code == 302
    assert NewsItem.objects.get() == item


def test_all_news_comes_a_page_at_a_time_at_the_same_cost(sign_in, cast):
    ada = sign_in("ada")
    make_news("Item 0")
    ada.get(NEWS)
    with CaptureQueriesContext(connection) as few:
        ada.get(NEWS)
    now = timezone.now()
    NewsItem.objects.bulk_create(
        NewsItem(title=f"Item {number}", summary="s", body="b", category="STATUS", created_at=now,
                 publish_at=now - timedelta(minutes=number)) for number in range(1, 60)
    )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        page = page_of(ada, NEWS)

    assert len(many) == len(few)
    assert page.count("news-item") == PAGE_SIZE
    assert "1 to 20 of 60" in page
    assert "Item 59" in page_of(ada, f"{NEWS}?page=3")
