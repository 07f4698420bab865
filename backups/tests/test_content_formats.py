"""Events, contacts, mail folders, lists and pages in the formats other programs read, hostile values included."""

import csv
import io
import mailbox
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.rrule import rrulestr

from backups.content.ics import event_as_ics
from backups.content.mbox import mbox_message
from backups.content.site_pages import site_page
from backups.content.tables import Table, csv_line
from backups.content.transcripts import channel_post, mail_thread
from backups.content.vcf import contact_as_vcf

BERLIN = ZoneInfo("Europe/Berlin")
UNTIL = {"type": "endDate", "endDate": "2026-11-02"}


def at(text, zone="UTC"):
    return {"dateTime": f"{text}.0000000", "timeZone": zone}


def event(**facts):
    return {
        "iCalUId": "weekly", "subject": "Weekly", "type": "singleInstance", "isAllDay": False,
        "start": at("2026-10-19T07:00:00"), "end": at("2026-10-19T08:00:00"),
        "originalStartTimeZone": "W. Europe Standard Time", "lastModifiedDateTime": "2026-10-01T08:00:00Z", **facts,
    }  # fmt: skip


def read(record):
    """Return the events of a file as another program reads them."""
    content = event_as_ics(record, uid="stand-in")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    return icalendar.Calendar.from_ical(content).walk("VEVENT")


def occurrences(first):
    """Return the beginnings of a series, by a library that had no part in writing it."""
    rule = rrulestr(first["rrule"].to_ical().decode(), dtstart=first.start)
    gone = first.get("exdate", [])
    gone = {one.dt for listed in (gone if isinstance(gone, list) else [gone]) for one in listed.dts}
    return [one for one in rule if one not in gone]


def series(kind, begin, *, bounds=None, zone="W. Europe Standard Time", **pattern):
    moment = datetime.fromisoformat(begin).replace(tzinfo=BERLIN).astimezone(UTC)
    bounds = bounds or {"type": "numbered", "numberOfOccurrences": 4}
    return event(
        type="seriesMaster", start=at(f"{moment:%Y-%m-%dT%H:%M:%S}"), originalStartTimeZone=zone,
        end=at(f"{moment + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}"),
        recurrence={"pattern": {"type": kind, "interval": 1, **pattern}, "range": {"startDate": begin[:10], **bounds}},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("record", "days"),
    [
        (series("weekly", "2026-10-19T09:00", daysOfWeek=["monday"]), ["10-19", "10-26", "11-02", "11-09"]),
        (series("daily", "2026-10-24T09:00", interval=2), ["10-24", "10-26", "10-28", "10-30"]),
        (series("absoluteMonthly", "2026-10-31T09:00", dayOfMonth=31), ["10-31", "11-30", "12-31", "01-31"]),
        (
            series("relativeMonthly", "2026-10-30T09:00", daysOfWeek=["friday"], index="last"),
            ["10-30", "11-27", "12-25", "01-29"],
        ),
        (
            series("relativeMonthly", "2026-10-01T09:00", daysOfWeek=["thursday", "friday"], index="first"),
            ["10-01", "11-05", "12-03", "01-01"],
        ),
        (
            series("absoluteYearly", "2026-02-28T09:00", month=2, dayOfMonth=29),
            ["02-28", "02-28", "02-29", "02-28"],
        ),
        (
            series("weekly", "2026-10-19T09:00", daysOfWeek=["monday"], bounds=UNTIL),
            ["10-19", "10-26", "11-02"],
        ),
    ],
)  # fmt: skip
def test_a_series_takes_place_at_nine_on_its_days_also_when_the_clocks_change(record, days):
    (first,) = read(record)

    found = occurrences(first)

    assert [f"{one:%m-%d}" for one in found] == days
    assert {one.astimezone(BERLIN).time().isoformat() for one in found} == {"09:00:00"}


def test_days_off_and_exceptions_are_those_of_the_source():
    record = series("weekly", "2026-10-19T09:00", daysOfWeek=["monday"])
    record["cancelledOccurrences"] = ["OID.AAMk/abc.2026-10-26", "nonsense", None]
    moved = event(
        subject="Moved", originalStart="2026-11-02T08:00:00Z", start=at("2026-11-03T13:00:00"),
        end=at("2026-11-03T14:00:00"), type="exception",
    )  # fmt: skip
    record["exceptionOccurrences"] = [moved, "nonsense"]

    first, other = read(record)

    assert [f"{one:%m-%d}" for one in occurrences(first)] == ["10-19", "11-02", "11-09"]
    assert other["recurrence-id"].dt == datetime(2026, 11, 2, 9, tzinfo=BERLIN)
    assert (str(other["summary"]), other.start) == ("Moved", datetime(2026, 11, 3, 14, tzinfo=BERLIN))
    assert str(first["uid"]) == str(other["uid"]) == "weekly"


def test_whole_days_people_and_words_come_through_and_nothing_of_them_becomes_a_line_of_its_own():
    evil = 'Ida "Q"\r\nATTACH:http://evil.example/x'
    record = event(
        isAllDay=True, start=at("2026-10-25T00:00:00"), end=at("2026-10-27T00:00:00"), subject=f"Trip; {evil}",
        body={"contentType": "html", "content": "<p>Bring <b>it</b></p>"}, location={"displayName": evil},
        organizer={"emailAddress": {"name": evil, "address": "ida@acme.example\r\nX:1"}},
        attendees=[
            {"type": "optional", "status": {"response": "declined"}, "emailAddress": {"address": "eva@acme.example"}},
            {"emailAddress": {"name": "no address"}}, "nonsense",
        ],
        categories=["Red", evil], isCancelled=True, showAs="free", sensitivity="private", importance="high",
        isReminderOn=True, reminderMinutesBeforeStart=15,
    )  # fmt: skip

    (first,) = read(record)

    assert (first["dtstart"].dt, first["dtend"].dt) == (date(2026, 10, 25), date(2026, 10, 27))
    assert "attach" not in first
    assert "x" not in first
    assert str(first["description"]) == "Bring it"
    assert first["attendee"].params["PARTSTAT"] == "DECLINED"
    assert [str(first[name]) for name in ("status", "transp", "class")] == ["CANCELLED", "TRANSPARENT", "PRIVATE"]
    assert len(first.walk("VALARM")) == 1


@pytest.mark.parametrize(
    "record",
    [
        {}, {"start": None, "end": "x"}, event(start=at("0001-01-01T00:00:00")), event(end={"timeZone": None}),
        event(originalStartTimeZone="tzone://Microsoft/Custom"), event(originalStartTimeZone="../../etc/passwd"),
        event(recurrence={"pattern": {"type": "odd"}, "range": {}}), event(recurrence={"pattern": None}),
        event(attendees="x", categories=7, body=[], location="x", organizer={}), event(start=at("not a date")),
    ],
)  # fmt: skip
def test_an_event_that_makes_no_sense_is_a_file_all_the_same(record):
    (first,) = read(record)

    assert str(first["uid"]) in ("weekly", "stand-in")


def test_a_contact_is_a_card_that_another_program_reads_and_no_value_ends_its_line():
    record = {
        "displayName": "Ida Böhm, Dr.", "givenName": "Ida", "surname": "Böhm;x", "companyName": "Acme",
        "department": "A,B",
        "emailAddresses": [{"address": "ida@acme.example\r\nNOTE:x"}, {"name": "none"}, "x"],
        "businessPhones": ["030 1"], "mobilePhone": "0170\n1", "birthday": "1604-03-02T00:00:00Z",
        "homeAddress": {"street": "Weg 1\nHinterhaus", "city": "Köln", "postalCode": "50667"}, "children": ["Kim"],
        "personalNotes": "Ü" * 200 + "\\n", "categories": ["a,b"], "lastModifiedDateTime": "2026-10-01T08:00:00Z",
    }  # fmt: skip

    card = contact_as_vcf(record, uid="u\r\nX:1", photo=b"\x89PNG....").decode()

    assert all(len(line.encode()) <= 75 for line in card.split("\r\n"))
    lines = card.replace("\r\n ", "").split("\r\n")
    assert lines[:4] == ["BEGIN:VCARD", "VERSION:4.0", "UID:u\\nX:1", "FN:Ida Böhm\\, Dr."]
    assert lines[-2:] == ["END:VCARD", ""]
    for expected in (
        "N:Böhm\\;x;Ida;;;", "ORG:Acme;A\\,B", "EMAIL:ida@acme.example\\nNOTE:x", "BDAY:--0302",
        "ADR;TYPE=home:;;Weg 1\\nHinterhaus;Köln;;50667;", "RELATED;TYPE=child;VALUE=text:Kim", "CATEGORIES:a\\,b",
        "NOTE:" + "Ü" * 200 + "\\\\n", "REV:20261001T080000Z", "PHOTO:data:image/png;base64,iVBORy4uLi4=",
    ):  # fmt: skip
        assert expected in lines
    assert contact_as_vcf({}, uid="u").decode().split("\r\n")[3] == "FN:Unnamed contact"


def test_mails_of_any_shape_are_one_each_in_an_mbox_and_come_back_byte_for_byte(tmp_path):
    mails = [
        b"Subject: 1\n\nFrom here\n>From there\n>>From\nnot From\n",
        b"Subject: 2\n\nno end of line",
        b"\n",
        b"Subject: 4\n\n" + b"x" * 100_000 + b"\nFrom " + b"y" * 100_000 + b"\n",
    ]
    at = datetime(2026, 10, 25, 11, 0, tzinfo=UTC)

    def cut(mail):
        wire = mail.replace(b"\n", b"\r\n")
        return [wire[begin : begin + 7_001] for begin in range(0, len(wire), 7_001)]

    written = b"".join(
        b"".join(mbox_message(cut(mail), sender="Eva\nFrom x <eva@acme.example>", at=at)) for mail in mails
    )
    (tmp_path / "box").write_bytes(written)
    read_back = mailbox.mbox(tmp_path / "box")

    assert len(read_back) == 4
    assert {message.get_from() for message in read_back} == {"eva@acme.example Sun Oct 25 11:00:00 2026"}
    for number, mail in enumerate(mails):
        unquoted = [
            line[1:] if line.lstrip(b">").startswith(b"From ") and line.startswith(b">") else line
            for line in read_back.get_bytes(number).split(b"\n")
        ]
        assert b"\n".join(unquoted).rstrip(b"\n") == mail.rstrip(b"\n")


def test_a_list_is_a_table_in_which_nothing_is_a_formula():
    table = Table([
        {"name": "Title", "displayName": "Title"}, {"name": "Price", "displayName": "=Price"}, None,
        {"name": "h", "hidden": True},
    ])  # fmt: skip
    record = {
        "id": "7", "createdDateTime": "2026-10-25T10:00:00Z", "lastModifiedBy": {"user": {"displayName": "@SUM(1)"}},
        "fields": {"Title": '=HYPERLINK("x")', "Price": -3.5, "Tags": ["a", "b"], "@odata.etag": "x"},
    }  # fmt: skip

    content = table.head() + table.row(record) + table.row({"id": None, "fields": None})

    first, second = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert first["Title"] == '\'=HYPERLINK("x")'
    assert (first["'=Price"], first["By"]) == ("-3.5", "'@SUM(1)")
    assert first["Other values"] == '{"Tags": ["a", "b"]}'
    assert set(second.values()) == {""}
    assert csv_line(["a\r\nb", "\t=1"]) == b'"a\r\nb",\'\t=1\r\n'


def test_what_was_said_is_text_and_pictures_lie_beside_it():
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    record = {
        "subject": evil, "createdDateTime": "2026-10-25T10:00:00Z", "from": {"user": {"displayName": evil}},
        "body": {"contentType": "html", "content": f'<p>Hi {evil}</p><img src="https://x/hostedContents/abc=/$value">'},
        "reactions": [{"reactionType": evil}], "attachments": [{"name": evil}, None],
        "replies": [{"from": None, "body": {"contentType": "text", "content": evil}}, {"deletedDateTime": "x"}, 7],
    }  # fmt: skip

    said = channel_post(record, pictures={"abc=": "Pictures/1.png"}).decode()
    thread = mail_thread({"topic": evil, "posts": [{"from": 1, "body": None}, "x"]}, files=[("Files/x", evil)]).decode()

    for page in (said, thread):
        assert "<script" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page
    assert said.count('<img src="Pictures/1.png" alt="">') == 1
    assert "This message was deleted." in said


def test_a_page_of_a_site_shows_its_texts_and_fetches_nothing():
    parts = [
        {"innerHtml": '<h2>Prices</h2><script>x</script><img src="https://evil.example/t.gif">'},
        {"data": {"title": "<b>News</b>", "serverProcessedContent": {"searchablePlainTexts": [{"value": "Bäcker"}]}}},
        None, {"innerHtml": 7},
    ]  # fmt: skip
    layout = {
        "horizontalSections": [{"columns": [{"webparts": parts}]}],
        "verticalSection": {"webparts": [{"innerHtml": "<p>Aside</p>"}]},
    }

    page = site_page({"title": "Home <i>", "canvasLayout": layout}).decode()

    for expected in ("<h1>Home &lt;i&gt;</h1>", "Prices", "&lt;b&gt;News&lt;/b&gt;", "Bäcker", "<p>Aside</p>"):
        assert expected in page
    assert "evil.example" not in page
    assert "<script" not in page
    assert site_page({"canvasLayout": "x"}).decode().endswith("</body></html>\n")
