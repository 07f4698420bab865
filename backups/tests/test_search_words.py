"""Words as the index knows them, and what PostgreSQL takes."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from backups.engine import search_words as words
from backups.engine.search_conditions import Wanted, conditions_of
from backups.engine.search_language import parse
from backups.engine.search_snippets import marked, snippet_of
from backups.tests.vaults import ACME
from backups.vault import copying

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Invoice No. 7", ["invoice", "no", "7"]),
        ("anna.lee@contoso.com", ["anna", "lee", "contoso", "com"]),
        ("q3_report-final.xlsx", ["q3", "report", "final", "xlsx"]),
        ("Müller ÉCOLE Straße", ["muller", "ecole", "strasse"]),
        ("ﬁne Ｗｉｄｅ №5", ["fine", "wide", "no5"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー"]),
        ("서울 tower", ["서", "울", "tower"]),
        ("abc東京x1", ["abc", "東", "京", "x1"]),
        ("", []),
        ("!? … ‮ \0", []),
        ("x" * 70, ["x" * 60]),
    ],
)
def test_words_are_what_stands_between_signs(text, expected):
    assert words.words_in(text) == expected


def test_however_a_word_is_written_it_is_the_same_word():
    ways = ["café", "cafe\u0301", "CAFÉ", "ｃａｆé"]

    assert {tuple(words.words_in(way)) for way in ways} == {("cafe",)}


def test_a_text_as_written_tells_the_same_words_with_their_places():
    text = "Grüße an ﬁnance@acme.example: 東京, cafe\u0301!"

    found = list(words.written_words(text))

    assert [word for _, _, some in found for word in some] == words.words_in(text)
    assert [text[begin:end] for begin, end, _ in found][0] == "Grüße"
    assert text[found[-1][0] : found[-1][1]] == "cafe\u0301"


def test_marks_of_organizations_are_short_and_never_begin_each_other():
    marks = [words.mark_of(number) for number in (0, 1, 35, 36, 1_000_000)]

    assert marks == ["0.", "1.", "z.", "10.", "lfls."]


def _vector(tokens):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE taken (words tsvector) ON COMMIT DROP")
        row = (1).to_bytes(2, "big") + copying.field(tokens.as_vector())
        copying.copy_rows(cursor, "taken", ("words",), [row])
        cursor.execute("SELECT words::text, length(words) FROM taken; ")
        found = cursor.fetchone()
        cursor.execute("DROP TABLE taken")
        return found


@pytest.mark.django_db
def test_a_novel_and_a_dictionary_are_taken_by_the_database():
    novel = "the " * 200_000
    dictionary = " ".join(f"word{number}" for number in range(120_000))
    tokens = words.Tokens("1a.")

    tokens.add_text("s", ["Re: offer"])
    tokens.add_text("b", [novel, dictionary])

    text, number = _vector(tokens)
    assert 20_000 < number < 120_000
    assert "'1a.soffer':2" in text
    assert "'1a.bword0'" in text


@pytest.mark.django_db
@settings(max_examples=15)
@given(st.lists(st.text(max_size=200), max_size=5))
def test_whatever_stands_in_a_mail_is_taken_by_the_database(texts):
    tokens = words.Tokens("7.")

    tokens.add_fact("O")
    tokens.add_text("b", texts)

    assert _vector(tokens)[1] == len({word for text in texts for word in words.words_in(text)}) + 1


@pytest.mark.django_db
@settings(max_examples=30)
@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=80)
    | st.from_regex(r'(-?(from|kind|larger|before):?"?\w* ?){1,4}')
)
def test_whatever_is_typed_is_understood_or_said_in_words(text):
    parsed = parse(text, zone=BERLIN, is_typing=True)

    conditions = conditions_of(Wanted(ACME, "1.").with_typed(parsed))
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsquery", [conditions.values["words"]])
    assert all(problem.endswith((".", ". There is: has:attachment.")) for problem in parsed.problems)


def _terms(text, **options):
    return [
        (term.words, term.fields, term.is_excluded, term.is_prefix)
        for term in parse(text, zone=BERLIN, **options).terms
    ]


def test_words_phrases_and_what_must_not_be_there():
    everywhere = ("s", "p", "f", "b")

    assert _terms('invoice "second quarter" -draft -"for info" inv*') == [
        (("invoice",), everywhere, False, False),
        (("second", "quarter"), everywhere, False, False),
        (("draft",), everywhere, True, False),
        (("for", "info"), everywhere, True, False),
        (("inv",), everywhere, False, True),
    ]


def test_fields_are_named_before_a_word_or_a_phrase():
    assert _terms('from:anna to:"Eva Lindholm" subject:offer -filename:q3.xlsx') == [
        (("anna",), ("r",), False, False),
        (("eva", "lindholm"), ("t",), False, False),
        (("offer",), ("s",), False, False),
        (("q3", "xlsx"), ("f",), True, False),
    ]


def test_the_last_word_may_go_on_only_while_it_is_typed():
    assert [term[3] for term in _terms("march inv", is_typing=True)] == [False, True]
    assert [term[3] for term in _terms("march inv ", is_typing=True)] == [False, False]
    assert [term[3] for term in _terms('"march inv"', is_typing=True)] == [False]
    assert [term[3] for term in _terms("march i", is_typing=True)] == [False, False]
    assert [term[3] for term in _terms("march inv")] == [False, False]


def test_filters_are_days_sizes_kinds_and_attachments():
    parsed = parse(
        "kind:mail kind:file has:attachment after:2026-03-01 before:31.03.2026 larger:5MB smaller:1.5g", zone=BERLIN
    )

    assert parsed.kinds == {"MAIL", "ONEDRIVE", "SHAREPOINT"}
    assert parsed.has_attachments is True
    assert parsed.begin == datetime(2026, 2, 28, 23, 0, tzinfo=UTC)
    assert parsed.end == datetime(2026, 3, 30, 22, 0, tzinfo=UTC)
    assert (parsed.larger, parsed.smaller) == (5_000_000, 1_500_000_000)
    assert parsed.problems == parsed.terms == ()
    assert not parsed.is_empty


def test_a_minus_turns_a_filter_round():
    parsed = parse("-kind:mail -has:attachment -larger:1kb", zone=BERLIN)

    assert parsed.kinds == {"CALENDAR", "CONTACTS", "ONEDRIVE", "SHAREPOINT", "TEAMS"}
    assert (parsed.has_attachments, parsed.smaller) == (False, 1_000)


def test_what_cannot_be_used_is_said_and_the_rest_is_looked_for():
    parsed = parse("kind:fax has:wings before:soon after:2026-13-01 larger:big from: !!! offer", zone=BERLIN)

    assert [term.words for term in parsed.terms] == [("offer",)]
    assert len(parsed.problems) == 7
    assert "There is no kind “fax”" in parsed.problems[0]


def test_what_looks_like_an_operator_and_is_none_is_a_word():
    assert [term[0] for term in _terms("re:offer http://acme.example/x 10:30")] == [
        ("re", "offer"), ("http", "acme", "example", "x"), ("10", "30"),
    ]  # fmt: skip


def test_very_long_requests_are_cut_and_it_is_said():
    parsed = parse("word " * 300, zone=BERLIN)

    assert len(parsed.terms) == 20
    assert [problem.split()[2] for problem in parsed.problems] == ["first", "first"]


def test_a_snippet_shows_where_the_words_stand():
    text = "Dear Ida, " + "nothing to see here. " * 20 + "The offer for Müller GmbH\nis attached. " + "More text. " * 30
    terms = parse("muller offer* -ida", zone=BERLIN).terms

    pieces = snippet_of(text, terms)

    assert [piece for piece, is_match in pieces if is_match] == ["offer", "Müller"]
    whole = "".join(piece for piece, _ in pieces)
    assert (whole[:2], whole[-2:]) == ("… ", " …")
    assert "Müller GmbH is attached." in whole
    assert len(whole) < 260


def test_only_a_whole_phrase_is_marked():
    terms = parse('"offer for"', zone=BERLIN).terms

    pieces = marked("An offer, the offer for you", terms)

    assert pieces == (("An offer, the ", False), ("offer", True), (" ", False), ("for", True), (" you", False))


def test_a_text_without_a_match_is_shown_from_its_beginning():
    assert snippet_of("Only the subject had it.", parse("offer", zone=BERLIN).terms) == (
        ("Only the subject had it.", False),
    )
    assert snippet_of("", ()) == ()
