"""Kinds of messages: each recipe turns an ordinary letter into what it is named for."""

import base64
from collections.abc import Callable
from random import Random

from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.outlook.content import corpora, mime, words
from simulators.microsoft365.outlook.content.dice import dice_for
from simulators.microsoft365.outlook.content.mails import HTML, Mail, as_html, letter
from simulators.microsoft365.outlook.content.parts import FILE, ITEM, REFERENCE, Part, derived_file, inline_picture
from simulators.microsoft365.outlook.content.reading import read_mail
from simulators.microsoft365.outlook.content.strange import STRANGE

# The recipe of what was not made up.
REAL = "real"
# Written in letters it is more than ten million.
_HUGE = 7_864_320


def mail_of(item) -> Mail:
    """Return what a message holds by its recipe, before anything that was set since."""
    dice = dice_for(item.id, item.edition)
    mail = letter(item, dice)
    RECIPES.get(item.recipe, _plain)(item, dice, mail)
    return mail


def _plain(item, dice: Random, mail: Mail) -> None:
    mail.importance = dice.choices(("normal", "high", "low"), (90, 8, 2))[0]


def _html(item, dice: Random, mail: Mail) -> None:
    mail.body, mail.body_type = as_html(mail.body), HTML


def _with_files(item, dice: Random, mail: Mail) -> None:
    _html(item, dice, mail)
    mail.parts = [derived_file(item.id, item.edition, number, item.at) for number in range(dice.randrange(1, 4))]


def _with_logo(item, dice: Random, mail: Mail) -> None:
    logo = inline_picture(item.id, item.edition, item.at)
    mail.body = as_html(mail.body).replace("</body>", f'<img src="cid:{logo.content_id}"></body>')
    mail.body_type, mail.parts = HTML, [logo]


def _answer(item, dice: Random, mail: Mail) -> None:
    _html(item, dice, mail)
    mail.subject = f"Re: {mail.subject}"
    mail.headers.append(("In-Reply-To", f"<{dice.getrandbits(128):032x}@fabrikam.example>"))


def _invitation(item, dice: Random, mail: Mail) -> None:
    _html(item, dice, mail)
    mail.is_invitation = True
    mail.subject = f"Invitation: {mail.subject}"


def _many_files(item, dice: Random, mail: Mail) -> None:
    mail.subject = "All the photos"
    count = item.facts.get("files", 40)
    mail.parts = [derived_file(item.id, item.edition, number, item.at, most=900) for number in range(count)]


def _encrypted(item, dice: Random, mail: Mail) -> None:
    mail.subject, mail.sealed = "Confidential", "enveloped-data"


def _huge(item, dice: Random, mail: Mail) -> None:
    def text() -> str:
        letters = base64.b64encode(dice_for(item.id, "huge").randbytes(_HUGE)).decode()
        return "\r\n".join(letters[at : at + 76] for at in range(0, len(letters), 76))

    mail.subject, mail.text = "The whole log", text


def _without_subject(item, dice: Random, mail: Mail) -> None:
    mail.subject = ""


def _strange(key: str) -> Callable:
    def change(item, dice: Random, mail: Mail) -> None:
        mail.subject, text = STRANGE[key]
        mail.body, mail.body_type = as_html(text), HTML

    return change


def _script(item, dice: Random, mail: Mail) -> None:
    mail.subject, text = STRANGE["script"]
    # Somebody will show this one day, and had better not run it.
    mail.body, mail.body_type = f"<html><body>{text}</body></html>", HTML


def _nested(item, dice: Random, mail: Mail) -> None:
    inner = letter(item, dice_for(item.id, "inner"))
    inner.parts = [derived_file(item.id, item.edition, 7, item.at)]
    content = mime.rendered(inner, (item.id, "inner"))
    mail.subject = f"Fwd: {inner.subject}"
    mail.parts = [
        Part(
            id=derived_id(item.id, "inner message"),
            kind=ITEM,
            name=inner.subject,
            content_type="message/rfc822",
            size=len(content),
            at=item.at,
            make=lambda: content,
            inner=inner,
        )
    ]


def _real(item, dice: Random, mail: Mail) -> None:
    """Take a real mail, whoever it was for."""
    found = read_mail(corpora.mails()[item.facts["corpus"]])
    mail.subject, mail.message_id = found.subject, found.message_id or mail.message_id
    mail.sender = found.sender or mail.sender
    mail.to, mail.cc, mail.reply_to = found.people["To"] or mail.to, found.people["Cc"], found.people["Reply-To"]
    mail.text, mail.body_type = found.body, found.body_type
    mail.headers, mail.sent_at = [], found.sent_at or mail.sent_at
    mail.parts = [
        Part(
            id=derived_id(item.id, "real", number),
            kind=FILE,
            name=part.name[:260],
            content_type=part.content_type,
            size=len(part.content),
            at=item.at,
            make=lambda part=part: part.content,
            is_inline=part.is_inline,
            content_id=part.content_id,
        )
        for number, part in enumerate(found.parts)
    ]


def _cloud_link(item, dice: Random, mail: Mail) -> None:
    _html(item, dice, mail)
    name = f"{words.subject(dice)}.docx"
    mail.parts = [
        Part(derived_id(item.id, "link"), REFERENCE, name, "application/octet-stream", 300, item.at, make=bytes)
    ]


RECIPES: dict[str, Callable] = {
    "plain": _plain,
    "sent": _html,
    "html": _html,
    "files": _with_files,
    "logo": _with_logo,
    "answer": _answer,
    "invitation": _invitation,
    "many_files": _many_files,
    "nested": _nested,
    "cloud_link": _cloud_link,
    "smime": _encrypted,
    "huge": _huge,
    "no_subject": _without_subject,
    "right_to_left": _strange("right_to_left"),
    "emoji": _strange("emoji"),
    "ransom": _strange("ransom"),
    "script": _script,
    REAL: _real,
}
