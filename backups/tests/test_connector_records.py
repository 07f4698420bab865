"""What is kept of an answer, and what is made of the dates, people and texts in it."""

import pytest

from backups.connectors.microsoft365.records import (
    digest,
    kept,
    moment_in,
    people_in,
    person_in,
    text_in,
    texts_in,
    version_of,
)


def test_the_version_is_the_same_whether_it_is_told_as_a_property_or_as_an_etag():
    assert version_of({"changeKey": "EQAA+x", "@odata.etag": "other"}) == version_of({"@odata.etag": 'W/"EQAA+x"'})
    assert version_of({"id": "a"}) == version_of({"id": "a", "@odata.context": "x"}) != version_of({"id": "b"})


def test_versions_links_and_contexts_are_not_kept_and_unknown_things_are():
    given = {
        "@odata.etag": "1", "changeKey": "2", "@odata.type": "#microsoft.graph.event", "newInTheFuture": [{"a": None}],
        "calendar@odata.navigationLink": "x", "attachments@odata.context": "x", "webLink": "y",
        "exceptionOccurrences": [{"@odata.etag": "3", "id": "d"}], "unwanted": 1,
    }  # fmt: skip

    assert kept(given, {"unwanted"}) == {
        "@odata.type": "#microsoft.graph.event", "newInTheFuture": [{"a": None}], "webLink": "y",
        "exceptionOccurrences": [{"id": "d"}],
    }  # fmt: skip


def test_the_order_of_properties_does_not_matter_and_everything_else_does():
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert len({digest(one) for one in ({"a": 1}, {"a": "1"}, {"a": None}, {}, {"a": [1]}, {"a": "\ud800"})}) == 6


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2026-10-25T10:00:00Z", "2026-10-25T10:00:00Z"),
        ("2026-10-25T10:00:00.1234567Z", "2026-10-25T10:00:00Z"),
        ("2026-10-25T01:30:00+02:00", "2026-10-24T23:30:00Z"),
        ("1601-01-01T00:00:00Z", "1601-01-01T00:00:00Z"),
        ({"dateTime": "2026-10-25T10:00:00.0000000", "timeZone": "UTC"}, "2026-10-25T10:00:00Z"),
        ({"dateTime": "2026-10-24T10:00:00", "timeZone": "Europe/Berlin"}, "2026-10-24T08:00:00Z"),
        ({"dateTime": "2026-10-24T10:00:00", "timeZone": None}, "2026-10-24T10:00:00Z"),
        ({"dateTime": "2026-10-24T10:00:00", "timeZone": "tzone://Microsoft/Custom"}, ""),
        ({"dateTime": "2026-10-24T10:00:00", "timeZone": ["UTC"]}, ""),
        ({"dateTime": "2026-10-24T10:00:00", "timeZone": "../../etc/passwd"}, ""),
        ("0001-01-01T00:00:00+14:00", ""),
        ("9999-12-31T23:59:59-14:00", ""),
        ("soon", ""),
        ({}, ""),
        (None, ""),
        (7, ""),
    ],
)
def test_moments_are_told_in_utc_or_not_at_all(given, moment):
    assert moment_in(given) == moment


@pytest.mark.parametrize(
    ("given", "person"),
    [
        ({"emailAddress": {"name": "Ada", "address": "ada@a.example"}}, "Ada <ada@a.example>"),
        ({"name": "ada@a.example", "address": "ada@a.example"}, "ada@a.example"),
        ({"emailAddress": {"name": "Ada", "address": None}}, "Ada"),
        ({"emailAddress": {"name": 5, "address": "x" * 9000}}, "x" * 400),
        ({"emailAddress": None}, ""),
        ({}, ""),
        (None, ""),
        ([], ""),
    ],
)
def test_people_are_told_by_name_and_address(given, person):
    assert person_in(given) == person


def test_long_lists_and_texts_are_cut():
    people = [{"emailAddress": {"address": f"{n}@a.example"}} for n in range(50)]

    assert len(people_in(people, people)) == 20
    assert people_in(None, [None, 5], people[:1]) == ["0@a.example"]
    assert len(texts_in(["red"] * 50)) == 20
    assert texts_in([None, "", "red"]) == ["red"]
    assert texts_in("red") == []
    assert text_in("a\x00b\r\nc" + "ü" * 9000) == ("ab  c" + "ü" * 395)
