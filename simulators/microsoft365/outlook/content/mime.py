"""Messages as RFC 822, the way Exchange renders them: the same bytes every time."""

from datetime import UTC
from email import message_from_bytes, policy
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime
from uuid import UUID

from simulators.microsoft365.outlook.content.dice import dice_for
from simulators.microsoft365.outlook.content.mails import HTML, Mail
from simulators.microsoft365.outlook.content.parts import FILE, ITEM, Part

_POLICY = policy.SMTP.clone(max_line_length=200)
_SEALED_BYTES = 4000
# Quoting what is longer takes too long; such a text is plain ASCII.
_LONG = 5_000_000


def rendered(mail: Mail, seed: tuple) -> bytes:
    """Return a message as bytes. The same mail and ``seed`` make the same bytes."""
    message = _sealed(mail, seed) if mail.sealed else _open(mail)
    _head(message, mail)
    _name_boundaries(message, dice_for(seed, "boundaries"))
    return message.as_bytes()


def sealed_bytes(item_id: UUID) -> bytes:
    """Return what an encrypted message holds, which nobody here can read."""
    return dice_for(item_id, "sealed").randbytes(_SEALED_BYTES)


def _head(message: EmailMessage, mail: Mail) -> None:
    for name, people in (("From", [mail.sender]), ("To", mail.to), ("Cc", mail.cc), ("Reply-To", mail.reply_to)):
        if people:
            message[name] = [_address(*one) for one in people]
    if mail.subject:
        message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.sent_at.astimezone(UTC))
    message["Message-ID"] = mail.message_id
    if mail.importance != "normal":
        message["Importance"] = mail.importance
    for name, value in mail.headers:
        message[name] = value


def _open(mail: Mail) -> EmailMessage:
    message = EmailMessage(_POLICY)
    body = mail.body
    kind = "html" if mail.body_type == HTML else "plain"
    message.set_content(body, subtype=kind, cte="quoted-printable" if len(body) < _LONG else "7bit")
    for part in mail.parts:
        _attach(message, part)
    return message


def _sealed(mail: Mail, seed: tuple) -> EmailMessage:
    message = EmailMessage(_POLICY)
    message.set_content(sealed_bytes(seed[0]), "application", "pkcs7-mime", filename="smime.p7m")
    message.set_param("smime-type", mail.sealed)
    message.set_param("name", "smime.p7m")
    return message


def _attach(message: EmailMessage, part: Part) -> None:
    if part.kind == ITEM:
        message.add_attachment(message_from_bytes(part.make(), policy=_POLICY), filename=f"{part.name}.eml")
    elif part.kind == FILE:
        main, _, sub = part.content_type.partition("/")
        place = {"disposition": "inline", "cid": f"<{part.content_id}>"} if part.is_inline else {}
        message.add_attachment(part.make(), main, sub or "octet-stream", filename=part.name, **place)
    # A cloud link has no bytes, and the message only names it.


def _address(name: str, address: str) -> HeaderAddress:
    return HeaderAddress(name, addr_spec=address)


def _name_boundaries(message: MIMEPart, dice) -> None:
    for part in message.walk():
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            part.set_boundary(f"_{dice.getrandbits(96):024x}_")
