"""What somebody wrote above the mail that is quoted, in a time nobody can make long."""

import pytest

from notifications.support_emails import REPLY_MARK
from support.actions import trimming
from support.actions.trimming import trimmed

OUTLOOK = "From: Support\nSent: Sunday\nTo: Ben\nSubject: Case"
WROTE = "On Sun, 25 Oct 2026 at 12:00, Support <s@x.example> wrote:"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Ja, geht.\n\nAm 25.10.2026 um 12:00 schrieb Support <s@x.example>:\n> Hallo", "Ja, geht."),
        ("Oui.\n\nLe dim. 25 oct. 2026 à 12:00, Support <s@x.example> a écrit :\n> Bonjour", "Oui."),
        (f"Yes.\n\n-----Original Message-----\n{OUTLOOK}\n\n{REPLY_MARK}\nHi", "Yes."),
        (f"Yes.\n{'_' * 32}\n{OUTLOOK}\n\n{REPLY_MARK}\nHi", "Yes."),
        (f"Yes.\n\nOn Sun, 25 Oct 2026 at 12:00, Support\n<s@x.example> wrote:\n\n> {REPLY_MARK}\n> Hi", "Yes."),
        (f"Yes.\n\n{REPLY_MARK}\nHello", "Yes."),
        ("Two\n\nparagraphs\n- and\n- a list", "Two\n\nparagraphs\n- and\n- a list"),
        ("> only quoted", ""),
        (f"{'x' * 500}\n    indented\n\n{WROTE}\n> Hi", f"{'x' * 500}\n    indented"),
        ("def f():\n    return 1", "def f():\n    return 1"),
        ("", ""),
    ],
)
def test_only_what_was_written_above_the_quotation_stays(text, own):
    assert trimmed(text) == own


@pytest.mark.parametrize(
    "own",
    [
        "Dear support,\n\nOn Monday I wrote:\nplease reset the account\nthanks",
        "Steps:\n\nFrom: ada@x\nTo: ben\nSubject: test\n\nthis mail was lost",
        "Steps:\n\nFrom: ada@x\nTo: ben\nSubject: test\nthis mail was lost",
        "On the server it fails",
        "These fail:\n\n| who | since |\n|-----|-------|\n| Ada | Sunday |",
        "A line:\n" + "-" * 40 + "\nand the rest",
        f"It said\n\n-----Original Message-----\n{OUTLOOK}\n\nHi, and nothing else.",
    ],
)
@pytest.mark.parametrize(
    "below", ["", f"\n{REPLY_MARK}\nHi", f"\n{WROTE}\n> {REPLY_MARK}\n> Hi", f"\n\n{OUTLOOK}\n\n{REPLY_MARK}\nHi"]
)
def test_own_words_stay_however_much_they_look_like_a_quotation(own, below):
    assert trimmed(own + below) == own


def test_what_looks_like_the_beginning_of_a_quotation_stays_where_nothing_is_quoted():
    assert trimmed(f"As he said:\n\n{OUTLOOK}") == f"As he said:\n\n{OUTLOOK}"


@pytest.mark.parametrize(
    "text",
    ["\n" * 200_000, "On " * 70_000, "Am x schrieb \n" * 15_000, "On Mon, <a@b.c> " * 9_000, ("a" * 199 + "\n") * 900],
)
def test_the_library_is_never_shown_much_of_a_mail(monkeypatch, text):
    shown = []
    monkeypatch.setattr(trimming, "introduces", lambda words: shown.append(words) or False)

    trimmed(f"{text}\n> {REPLY_MARK}")

    # Its patterns take from ten seconds to forever for the whole of these.
    assert len(shown) <= 12
    assert all(len(words) <= 12 * 201 for words in shown)
