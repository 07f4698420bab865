"""Finding what was saved: every operator and filter, in bounded time, and nobody's but one's own."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from backups.engine import search_asking
from backups.engine.search_asking import Asking
from backups.engine.search_conditions import Wanted
from backups.engine.search_words import mark_of
from backups.models import SearchProgress
from backups.search import Count, Cursor, Query, Versions, parse, search, snippet, title
from backups.tests.searching import MORNING, make_container, shelve

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


@pytest.fixture
def evas(acme):
    return make_container(acme, "Eva Lindholm")


@pytest.fixture
def shelf(acme, evas):
    """What was saved of Acme: five mails of Eva, an event and a file of Max."""
    files, calendar = make_container(acme, "Max Weber", "ONEDRIVE"), make_container(acme, "Max Weber", "CALENDAR")
    shelve(
        evas,
        "Invoice March",
        body="Please find the invoice attached. Kind regards",
        sender="Anna Lee <anna.lee@contoso.com>",
        to=["Eva Lindholm <eva@acme.example>"],
        files=["q3_report-final.xlsx"],
        at=MORNING - DAY,
        size=40_000,
    )
    shelve(
        evas, "Lunch?", body="Shall we go to the Café Müller in 東京?", sender="Max Weber <max@acme.example>", size=900
    )
    shelve(
        evas,
        "Second quarter results",
        body="The quarter was the second one.",
        sender="Anna Lee <anna.lee@contoso.com>",
        at=MORNING - 40 * DAY,
        size=6_000_000,
        feed="archive",
    )
    shelve(evas, "Draft of the invoice", body="Not ready", to=["Anna Lee <anna.lee@contoso.com>"], at=MORNING - 2 * DAY)
    shelve(evas, "Old news", body="Invoices of 2019", at=datetime(2019, 5, 1, 12, tzinfo=UTC), feed="archive")
    shelve(calendar, "Quarterly review", body="Bring the invoice", at=MORNING + 3 * DAY)
    shelve(files, "invoice_template.docx", body="Invoice number", at=MORNING - 5 * DAY, size=20_000)


def found(who, organization, typed="", *, now=MORNING, **options):
    """Return the names that somebody finds, in order."""
    asked = {name: options.pop(name) for name in ("after", "limit") if name in options}
    answer = search(who, organization, Query(parse(typed, zone=BERLIN), **options), now=now, **asked)
    return [entry.name for entry in answer.entries]


TYPED = [
    ("results", ["Second quarter results"]),
    ("INVOICE march", ["Invoice March"]),
    ("cafe muller", ["Lunch?"]),
    ("京", ["Lunch?"]),
    ("東京", ["Lunch?"]),
    ('"京東"', []),
    ('"second quarter"', ["Second quarter results"]),
    ('"quarter second"', []),
    ("contoso.com", ["Invoice March", "Draft of the invoice", "Second quarter results"]),
    ("anna.lee@contoso.com -march", ["Draft of the invoice", "Second quarter results"]),
    ("from:anna", ["Invoice March", "Second quarter results"]),
    ('from:"Anna Lee" -subject:quarter', ["Invoice March"]),
    ("to:anna", ["Draft of the invoice"]),
    ("subject:invoice", ["Invoice March", "Draft of the invoice", "invoice_template.docx"]),
    ("filename:report", ["Invoice March"]),
    ("q3_report-final.xlsx", ["Invoice March"]),
    ("invoice -draft kind:mail", ["Invoice March"]),
    ("kind:event", ["Quarterly review"]),
    ("invoice kind:file kind:calendar", ["Quarterly review", "invoice_template.docx"]),
    ("quarter* -kind:mail", ["Quarterly review"]),
    ("invoi*", ["Quarterly review", "Invoice March", "Draft of the invoice", "invoice_template.docx", "Old news"]),
    ("has:attachment", ["Invoice March"]),
    ("invoice -has:attachment kind:mail", ["Draft of the invoice"]),
    ("larger:1MB", ["Second quarter results"]),
    ("kind:mail smaller:950b", ["Lunch?"]),
    ("before:2020", ["Old news"]),
    ("after:2026-10-24 kind:mail", ["Lunch?"]),
    ("after:2026-09-01 before:2026-10-22", ["invoice_template.docx", "Second quarter results"]),
    ('"please find" -"kind regards"', []),
    ('-invoice -"second quarter" kind:mail', ["Lunch?", "Old news"]),
    ("nowhere", []),
    ("kind:fax results", ["Second quarter results"]),
]  # fmt: skip


def test_ada_finds_what_she_types(cast, acme, shelf):
    answers = {typed: found(cast["ada"], acme, typed) for typed, _ in TYPED}

    assert answers == dict(TYPED)


def test_what_is_chosen_beside_the_field_narrows_it_down(cast, acme, evas, shelf):
    ada = cast["ada"]
    max_weber = evas.connection.items.get(name="Max Weber")

    assert found(ada, acme, "invoice", items=frozenset({max_weber.pk})) == ["Quarterly review", "invoice_template.docx"]
    assert found(ada, acme, "kind:mail", containers=frozenset()) == []
    assert found(ada, acme, containers=frozenset({evas.pk}), feed_key="archive") == [
        "Second quarter results",
        "Old news",
    ]
    assert found(ada, acme, "invoice", kinds=frozenset({"MAIL"}), fields=frozenset({"body"})) == ["Invoice March"]
    assert found(ada, acme, "anna", fields=frozenset({"people"}), end=MORNING - 30 * DAY) == ["Second quarter results"]
    assert found(ada, acme, "kind:contact", kinds=frozenset({"MAIL"})) == []
    assert found(ada, acme, begin=MORNING - DAY, end=MORNING + DAY) == ["Lunch?", "Invoice March"]
    assert found(ada, acme, "larger:100", larger=30_000, smaller=50_000) == ["Invoice March"]
    assert found(ada, acme, "invoice", oldest_first=True, limit=2) == ["invoice_template.docx", "Draft of the invoice"]


def test_only_those_who_may_know_of_acme_find_anything(cast, acme, bolt, shelf):
    shelve(make_container(bolt, "Pia Roth"), "Invoice of Bolt")

    seen = {who: found(cast[who], acme, "invoice") != [] for who in cast}

    assert seen == {"ada": True, "ben": True, "cora": True, "otto": True, "pia": False, "rita": False}
    assert found(cast["pia"], bolt, "invoice") == ["Invoice of Bolt"]
    assert found(cast["otto"], bolt, "invoice") == found(cast["rita"], bolt, "invoice") == []
    bolts = frozenset(bolt.containers.values_list("pk", flat=True))
    assert found(cast["otto"], acme, "invoice", containers=bolts) == []


def test_older_states_are_found_when_they_are_asked_for(cast, acme, evas):
    first = shelve(evas, "Offer", body="ten", begins=1, ends=5)
    shelve(evas, "Offer", body="twelve", begins=5, of=first)
    shelve(evas, "Removed offer", body="nine", begins=2, ends=7, at=MORNING - DAY)
    ada = cast["ada"]

    def bodies(**options):
        answer = search(ada, acme, Query(parse("offer", zone=BERLIN), **options), now=MORNING)
        assert answer.total == Count(len(answer.entries))
        return [entry.text for entry in answer.entries]

    assert bodies() == ["twelve"]
    assert bodies(versions=Versions.NEWEST) == ["twelve", "nine"]
    assert sorted(bodies(versions=Versions.ALL)) == ["nine", "ten", "twelve"]
    assert [bodies(as_of=commit) for commit in (1, 4, 5, 7)] == [
        ["ten"],
        ["ten", "nine"],
        ["twelve", "nine"],
        ["twelve"],
    ]
    assert bodies(as_of=0) == []


def test_counts_tell_how_many_there_are_of_each_kind(cast, acme, shelf):
    answer = search(cast["ada"], acme, Query(parse("invoi*", zone=BERLIN)), now=MORNING, limit=2)

    assert answer.total == Count(5)
    assert answer.by_kind == {"MAIL": Count(3), "CALENDAR": Count(1), "ONEDRIVE": Count(1)}
    assert str(Count(1_000, has_more=True)) == "1,000+"
    assert not answer.problem


def test_what_was_found_shows_where_the_words_stand(cast, acme, shelf):
    parsed = parse("march invoice", zone=BERLIN)

    (entry,) = search(cast["ada"], acme, Query(parsed), now=MORNING).entries

    assert title(entry, parsed) == (("Invoice", True), (" ", False), ("March", True))
    assert [piece for piece in snippet(entry, parsed) if piece[1]] == [("invoice", True)]
    assert entry.container.item.name == "Eva Lindholm"


@pytest.mark.parametrize("oldest_first", [False, True])
def test_pages_follow_each_other_without_gaps_or_doubles(cast, acme, evas, oldest_first):
    chance = Random(7)
    for number in range(40):
        shelve(evas, f"Offer {number}", at=MORNING - chance.choice([0, 1, 30, 400]) * DAY)
    query, after, seen = Query(parse("offer", zone=BERLIN), oldest_first=oldest_first), None, []

    for _ in range(6):
        answer = search(cast["ada"], acme, query, now=MORNING, after=after, limit=7)
        seen += answer.entries
        after = answer.next and Cursor.read(str(answer.next))
    assert after is None

    places = [(entry.at, entry.pk) for entry in seen]
    assert places == sorted(places, reverse=not oldest_first)
    assert len({entry.name for entry in seen}) == len(seen) == 40


def test_what_is_no_cursor_is_told_from_one():
    texts = ["", "x", "1", "1.", "1.-5", "9" * 40 + ".1", "1.9223372036854775808", "1.5"]

    assert [Cursor.read(text) is not None for text in texts] == [False] * 7 + [True]


@pytest.mark.parametrize("oldest_first", [False, True])
def test_common_words_are_answered_window_by_window_and_rare_ones_at_once_with_the_same_result(
    acme, evas, monkeypatch, oldest_first
):
    chance = Random(3)
    calendar = make_container(acme, "Eva Lindholm", "CALENDAR")
    for number in range(60):
        # As in life: much of the last days, some of years ago, a whole migration on one day, and events to come.
        days = chance.choice([0, 0, 0, chance.random() * 5, chance.random() * 60, chance.random() * 4_000, -900])
        shelve(chance.choice([evas, calendar]), f"Offer {number}", at=MORNING - days * DAY)
    shelve(make_container(acme, "Eva Lindholm", "ONEDRIVE"), "Offer.docx", at=MORNING - 2_000 * DAY)
    mark = mark_of(SearchProgress.objects.get(organization=acme.uuid).pk)
    wanted = Wanted(acme.uuid, mark).with_typed(parse("offer", zone=BERLIN))

    def everything():
        asking = Asking(wanted, limit=100, after=None, oldest_first=oldest_first)
        return asking.ask(), asking.counts()

    at_once, counts = everything()
    monkeypatch.setattr(search_asking, "COUNT_SECONDS", 60)
    monkeypatch.setattr(search_asking, "FIRST", 3)
    monkeypatch.setattr(search_asking, "WANTED", 4)
    monkeypatch.setattr(search_asking, "MANY", 6)
    in_windows, counts_in_windows = everything()
    monkeypatch.setattr(search_asking, "CAP", 10)
    capped = Asking(wanted, limit=5, after=None, oldest_first=oldest_first)

    assert in_windows.places == at_once.places
    assert len(at_once.places) == 61
    assert counts_in_windows == counts
    assert capped.ask().places == at_once.places[:5]
    told = capped.counts()
    assert told["ONEDRIVE"][0] == 1
    assert {has_more for _, has_more in (told["MAIL"], told["CALENDAR"])} == {True}
    later = Asking(wanted, limit=5, after=at_once.places[30], oldest_first=oldest_first)
    assert later.ask().places == at_once.places[31:36]


def test_a_search_that_takes_too_long_says_how_far_it_came(cast, acme, shelf, monkeypatch):
    monkeypatch.setattr(search_asking, "SECONDS", 0)

    answer = search(cast["ada"], acme, Query(parse("invoice", zone=BERLIN)), now=MORNING)

    assert answer.entries == ()
    assert answer.total == Count(0, has_more=True)
    assert answer.problem == (
        "That took too long and was stopped. Say more words, or choose whose data and which time to look in."
    )


def test_nothing_is_found_of_a_client_that_has_no_vault(cast, acme):
    assert search(cast["ada"], acme, Query(), now=MORNING).total == Count(0)
