"""Files, lists, pages and posts of Acme Dental as people read them, and how two states of them differ."""

from backups.content.differences import Change, changes_between
from backups.content.records import Described, described, words_of


def _user(name: str) -> dict:
    return {"user": {"displayName": name, "email": f"{name.lower()}@acme.example"}}


def test_otto_reads_who_changed_a_file_and_who_may_see_it():
    record = {
        "name": "Offer.docx", "size": 1_234_567, "file": {"mimeType": "application/msword"},
        "lastModifiedBy": _user("Ada"), "createdBy": _user("Otto"),
        "fileSystemInfo": {"lastModifiedDateTime": "2026-10-25T11:00:00Z"},
        "permissions": [
            {"roles": ["write"], "link": {"scope": "anonymous", "type": "edit"}},
            {"roles": ["read"], "grantedToV2": _user("Pia")},
            {"roles": ["owner"], "link": {"scope": "users"}, "grantedToIdentitiesV2": [_user("Ben"), {}]},
        ],
        "versions": [{"id": "1.0"}, {"id": "2.0"}],
    }  # fmt: skip

    found = described("ONEDRIVE", record, {"name": "Offer.docx", "modified_at": "2026-10-25T11:00:00Z"})

    assert found.file_names == ("Offer.docx",)
    assert found.fields == (
        ("Format", "application/msword"),
        ("Size", "1.2 MB"),
        ("Changed", "Sun 25 Oct 2026, 11:00 UTC"),
        ("Changed by", "Ada <ada@acme.example>"),
        ("Created by", "Otto <otto@acme.example>"),
        (
            "Shared with",
            "Anyone with the link: may edit\nPia <pia@acme.example>: may read\nBen <ben@acme.example>: owns it",
        ),
        ("Older versions kept", "2"),
    )


def test_otto_reads_an_item_of_a_list_by_its_columns():
    record = {
        "fields": {
            "@odata.etag": "x", "Title": "Chair", "Due_x0020_Date": "2026-10-25", "unitPrice": 1250, "Sold": False,
            "Notes": "<div>Oak &amp; <b>steel</b></div>",
            "Link": {"Url": "https://acme.example", "Description": "Shop"},
            "Colours": ["red", "blue"], "SellerLookupId": "7", "AuthorLookupId": "3", "_UIVersionString": "2.0",
        },
        "lastModifiedBy": _user("Ada"),
    }  # fmt: skip

    found = described("SHAREPOINT", record, {})

    assert found.title == "Chair"
    assert found.fields == (
        ("Due Date", "2026-10-25"),
        ("Unit Price", "1250"),
        ("Sold", "No"),
        ("Notes", "Oak & steel"),
        ("Link", "Shop https://acme.example"),
        ("Colours", "red\nblue"),
        ("Seller", "7"),
        ("Changed by", "Ada <ada@acme.example>"),
    )


def test_otto_reads_and_finds_what_stands_on_a_page():
    picture = {
        "data": {
            "title": "Image",
            "serverProcessedContent": {"searchablePlainTexts": [{"key": "caption", "value": "Our <new> chair"}]},
        }
    }
    record = {
        "title": "News", "name": "News.aspx", "description": "Of October",
        "canvasLayout": {
            "horizontalSections": [{"columns": [{"webparts": [{"innerHtml": "<p>It <b>opens</b></p>"}, picture]}]}],
            "verticalSection": {"webparts": [{"innerHtml": "<p>Aside</p>"}]},
        },
    }  # fmt: skip

    found = described("SHAREPOINT", record, {})

    assert found.text == "It opens\n\nImage\n\nOur <new> chair\n\nAside"
    assert "<p>It <b>opens</b></p>" in found.html
    assert words_of("SHAREPOINT", record, {}).file_names == ("News.aspx",)


def test_otto_reads_a_post_with_its_answers_in_order():
    record = {
        "messageType": "message", "subject": None, "createdDateTime": "2026-10-25T11:00:00Z", "from": _user("Ada"),
        "body": {"contentType": "html", "content": "<div>The <at>Otto</at> keys</div>"}, "importance": "urgent",
        "reactions": [{"reactionType": "👍", "user": _user("Pia")}, {"reactionType": "👍", "user": {"user": {}}}],
        "attachments": [
            {"name": "keys.xlsx", "contentUrl": "https://acme.example/keys.xlsx"},
            {"contentType": "application/vnd.microsoft.card.adaptive",
             "content": '{"body": [{"type": "TextBlock", "text": "Approve?"}], "actions": [{"title": "Yes"}]}'},
            {"content": '{"broken'},
        ],
        "replies": [
            {"from": _user("Otto"), "createdDateTime": "2026-10-25T11:05:00Z",
             "body": {"contentType": "text", "content": "Done <b>"}, "attachments": [{"name": "door.png"}]},
            {"from": None, "deletedDateTime": "2026-10-25T11:06:00Z", "body": {"contentType": "html", "content": ""}},
        ],
    }  # fmt: skip

    found, words = described("TEAMS", record, {}), words_of("TEAMS", record, {})

    fields = dict(found.fields)
    assert found.title == "The Otto keys Approve? Yes"
    assert fields["Reactions"] == "👍: 2"
    assert fields["Reply by Otto <otto@acme.example>, Sun 25 Oct 2026, 11:05 UTC"] == "Done <b>\ndoor.png"
    assert fields["Reply"] == "Deleted message"
    assert words.file_names == ("keys.xlsx", "door.png")
    assert words.people == ("Ada <ada@acme.example>", "Otto <otto@acme.example>")
    assert "Done <b>" in words.body


def test_otto_reads_a_conversation_and_what_a_system_said():
    post = {"from": {"emailAddress": {"name": "Ada", "address": "ada@acme.example"}}}
    thread = {
        "topic": "Rent", "lastDeliveredDateTime": "2026-10-25T11:00:00Z", "uniqueSenders": ["Ada", "Otto"],
        "posts": [
            {**post, "body": {"contentType": "html", "content": "<p>Higher</p>"}, "attachments": [{"name": "a.pdf"}]},
            {**post, "body": {"contentType": "html", "content": "<p>Again</p>"}},
        ],
    }  # fmt: skip
    event = {
        "messageType": "systemEventMessage",
        "eventDetail": {"@odata.type": "#microsoft.graph.membersAddedEventMessageDetail"},
    }

    found = described("TEAMS", thread, {})

    assert (found.title, found.text, found.file_names) == ("Rent", "Higher", ("a.pdf",))
    assert dict(found.fields)["Reply by Ada <ada@acme.example>"] == "Again"
    assert described("TEAMS", event, {}).title == "System message: members added"


def test_two_states_of_an_event_are_told_apart_field_by_field_and_line_by_line():
    old = Described(
        "Team", fields=(("Where", "Oak"), ("When", "Monday"), ("Email", "a"), ("Email", "b")), text="1\n2\n3\n4"
    )
    new = Described(
        "Team!", fields=(("When", "Monday"), ("Email", "a"), ("Repeats", "Every day")), text="1\n3\n4\n5\n6"
    )

    assert changes_between(old, new) == (
        Change("Title", "Team", "Team!"),
        Change("Where", "Oak", ""),
        Change("Email", "a\nb", "a"),
        Change("Repeats", "", "Every day"),
        Change("Text", "2", ""),
        Change("Text", "", "5\n6"),
    )
    assert changes_between(new, new) == ()


def test_of_a_long_text_only_what_differs_is_compared_and_not_without_end():
    lines = [f"line {number % 7}" for number in range(50_000)]
    old, new = Described("Log", text="\n".join(lines)), Described("Log", text="\n".join(["first", *lines, "last"]))
    other = Described("Log", text="\n".join(["line 0", *(f"other {number}" for number in range(9_000))]))

    assert changes_between(old, Described("Log", text=f"{old.text}\nlast")) == (Change("Text", "", "last"),)
    assert changes_between(old, Described("Log", text=f"first\n{old.text}")) == (Change("Text", "", "first"),)
    assert changes_between(old, new)[-1] == Change("Text after line 2,000", "Not compared", "Not compared")
    assert [one.label for one in changes_between(old, other)] == ["Text", "Text after line 2,001"]
