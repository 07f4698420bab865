"""Made-up mails, events, contacts and files in the shapes the services use; nobody's words."""

# ruff: noqa: E501 - lines of other programs are as long as they are

import base64
import json
from random import Random

WORDS = (
    "the of and to a in for is on that by this with you it not or be are from at as your all have new more an was we"
    " will can us about if my has but our one other do no time they he up may what which their out use any there see"
    " only so his when here who also now help get first been would how were some these its like than find date back"
    " people over please last next day send order mail meeting project report team price offer office customer service"
    " information contact company number account invoice payment document file attached regards thanks thank dear hello"
    " best kind sincerely question questions today tomorrow yesterday week month year morning Monday Tuesday Wednesday"
    " Thursday Friday January February March April May June July August September October November December update"
    " version review draft budget contract agreement schedule call phone address street system access password login"
    " click link view online browser unsubscribe privacy policy rights reserved confidential intended recipient message"
    " und der die das ist nicht mit für auf ein eine wir Sie Ihre bitte vielen Dank Freundliche Grüße Angebot Rechnung"
    " Termin Besprechung Anhang Kunde Projekt Frage Woche Uhr Straße Telefon wird haben werden können auch noch"
).split()
_FIRST = (
    "Anna Ben Clara David Emma Felix Grace Hugo Ines Jonas Karin Leo Maria Noah Olga Paul Rosa Sam Tina Victor".split()
)
_LAST = "Adler Brown Costa Duarte Evans Fischer Garcia Hansen Ito Jensen Keller Larsen Moreno Novak Olsen Weber".split()
_HOSTS = "contoso.example fabrikam.example mail.example outlook.example corp.example news.example shop.example".split()
_SERVERS = "AM0PR01MB DB9PR05MB VI1PR08MB PAXPR04MB DM6PR12MB BYAPR02MB GV1PR10MB FRYP281MB".split()
_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_AGENTS = ("Microsoft Outlook 16.0", "Apple Mail (2.3774)", "Mozilla Thunderbird", "iPhone Mail (21F90)")


def words(chance: Random, count: int) -> str:
    """Return a line of words; frequent ones come first in the list and more often."""
    return " ".join(WORDS[min(int(chance.expovariate(0.022)), len(WORDS) - 1)] for _ in range(count))


def _sentence(chance: Random) -> str:
    return words(chance, chance.randint(5, 16)).capitalize() + "."


def _paragraphs(chance: Random) -> list[str]:
    return [" ".join(_sentence(chance) for _ in range(chance.randint(1, 4))) for _ in range(chance.randint(1, 6))]


def _noise(chance: Random, length: int) -> str:
    return base64.b64encode(chance.randbytes(length)).decode()


def _person(chance: Random) -> tuple[str, str]:
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    return f"{first} {last}", f"{first}.{last}@{chance.choice(_HOSTS)}".lower()


def _when(chance: Random) -> str:
    return (
        f"{chance.choice(_DAYS)}, {chance.randint(1, 28)} {chance.choice(_MONTHS)} 20{chance.randint(18, 27)}"
        f" {chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}:{chance.randint(0, 59):02d}"
        f" {chance.choice(('+0000', '+0100', '+0200', '-0500', '-0700'))}"
    )


def _iso(chance: Random) -> str:
    return (
        f"20{chance.randint(18, 27)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        f"T{chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}:{chance.randint(0, 59):02d}"
    )


def _exchange_headers(chance: Random) -> list[str]:
    first, second = (f"{chance.choice(_SERVERS)}{chance.randint(1000, 9999)}" for _ in range(2))
    zone = f"{first[:3]}P{chance.randint(100, 999)}.PROD.OUTLOOK.COM"
    return [
        f"Received: from {first}.eurprd04.prod.outlook.com (2603:10a6:{chance.randint(1, 999)}::{chance.randint(1, 99)})\r\n"
        f" by {second}.eurprd04.prod.outlook.com with HTTPS; {_when(chance)}",
        f"Received: from {second}.eurprd04.prod.outlook.com ([fe80::{chance.randbytes(2).hex()}:{chance.randbytes(2).hex()}])"
        f" by {first}.eurprd04.prod.outlook.com ([fe80::{chance.randbytes(2).hex()}%{chance.randint(2, 7)}]) with mapi id"
        f" 15.20.{chance.randint(1000, 9999)}.{chance.randint(10, 50):03d}; {_when(chance)}",
        f"Received: from mail-{chance.choice('abc')}.{chance.choice(_HOSTS)} (10.{chance.randint(0, 255)}"
        f".{chance.randint(0, 255)}.{chance.randint(0, 255)}) by {zone}\r\n (10.152.16.53) with Microsoft SMTP Server"
        f" (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.{chance.randint(1000, 9999)}.21 via"
        f" Frontend Transport; {_when(chance)}",
        "Authentication-Results: spf=pass (sender IP is 40.107.20.71)\r\n smtp.mailfrom=contoso.example; dkim=pass"
        " (signature was verified)\r\n header.d=contoso.example;dmarc=pass action=none\r\n"
        " header.from=contoso.example;compauth=pass reason=100",
        "Received-SPF: Pass (protection.outlook.com: domain of contoso.example designates 40.107.20.71 as permitted"
        " sender) receiver=protection.outlook.com; client-ip=40.107.20.71; pr=C",
        f"ARC-Seal: i=1; a=rsa-sha256; s=arcselector9901; d=microsoft.com; cv=none;\r\n b={_noise(chance, 60)}",
        "ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=microsoft.com;\r\n s=arcselector9901;\r\n"
        " h=From:Date:Subject:Message-ID:Content-Type:MIME-Version:X-MS-Exchange-AntiSpam-MessageData-ChunkCount:"
        "X-MS-Exchange-AntiSpam-MessageData-0:X-MS-Exchange-AntiSpam-MessageData-1;\r\n"
        f" bh={_noise(chance, 33)}\r\n b={_noise(chance, 60)}",
        "ARC-Authentication-Results: i=1; mx.microsoft.com 1; spf=pass smtp.mailfrom=contoso.example; dmarc=pass"
        " action=none header.from=contoso.example; dkim=pass header.d=contoso.example; arc=none",
        "X-MS-Exchange-Organization-ExpirationStartTime: " + _when(chance),
        "X-MS-Exchange-Organization-ExpirationStartTimeReason: OriginalSubmit",
        "X-MS-Exchange-Organization-ExpirationInterval: 1:00:00:00.0000000",
        f"X-MS-Exchange-Organization-Network-Message-Id:\r\n {chance.randbytes(4).hex()}-{chance.randbytes(2).hex()}-4",
        "X-EOPAttributedMessage: 0\r\nX-MS-Exchange-Organization-MessageDirectionality: Incoming\r\n"
        "X-MS-PublicTrafficType: Email\r\nX-MS-TrafficTypeDiagnostic: AM0PR01:EE_|DB9PR05:EE_\r\n"
        "X-MS-Exchange-Organization-AuthSource: AM0PR01.eurprd01.prod.exchangelabs.com\r\n"
        "X-MS-Exchange-Organization-AuthAs: Internal\r\nX-MS-Exchange-Organization-AuthMechanism: 04\r\n"
        "X-MS-Exchange-Organization-SCL: -1\r\nX-MS-Exchange-CrossTenant-FromEntityHeader: Hosted\r\n"
        f"X-MS-Exchange-CrossTenant-Id: {chance.randbytes(4).hex()}-{chance.randbytes(2).hex()}-4\r\n"
        "X-MS-Exchange-CrossTenant-OriginalArrivalTime: 2026\r\nX-MS-Exchange-CrossTenant-AuthAs: Internal\r\n"
        "X-MS-Exchange-Transport-CrossTenantHeadersStamped: DB9PR05\r\nX-OriginatorOrg: contoso.example\r\n"
        "X-MS-Has-Attach: yes\r\nX-MS-TNEF-Correlator:\r\nx-ms-exchange-messagesentrepresentingtype: 1",
        "X-Forefront-Antispam-Report:\r\n CIP:255.255.255.255;CTRY:;LANG:en;SCL:1;SRV:;IPV:NLI;SFV:NSPM;"
        "H:AM0PR01.eurprd01.prod.outlook.com;PTR:;CAT:NONE;SFS:(13230040)(366016)(1800799024)(376014);DIR:INT;SFP:1102;",
        f"X-Microsoft-Antispam: BCL:0;ARA:13230040|366016|1800799024|376014;\r\nX-Microsoft-Antispam-Message-Info:\r\n"
        f" =?us-ascii?Q?{_noise(chance, 45)}?=",
    ]


def _plain_headers(chance: Random) -> list[str]:
    host = chance.choice(_HOSTS)
    return [
        f"Return-Path: <bounce-{chance.randint(1, 99999)}@{host}>",
        f"Delivered-To: {_person(chance)[1]}",
        f"Received: from mail.{host} (mail.{host} [192.0.2.{chance.randint(1, 254)}])\r\n\tby mx.google.com with ESMTPS id"
        f" {chance.randbytes(8).hex()}\r\n\tfor <{_person(chance)[1]}>\r\n\t(version=TLS1_3"
        f" cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\r\n\t{_when(chance)} (PDT)",
        f"Received: from localhost (localhost [127.0.0.1])\n\tby {host} (Postfix) with ESMTP id {chance.randbytes(5).hex()}"
        f"\n\tfor <{_person(chance)[1]}>; {_when(chance)} (GMT)",
        f"Received: from [192.168.0.{chance.randint(1, 254)}] by {host} with SMTP (Exim 4.94); {_when(chance)}",
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={host}; s=selector1;\r\n"
        " h=From:Date:Subject:Message-ID:Content-Type:MIME-Version:To:List-Unsubscribe;\r\n"
        f" bh={_noise(chance, 33)};\r\n b={_noise(chance, 60)}",
        f"X-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n        d=1e100.net; s=20230601;"
        f"\r\n        b={_noise(chance, 45)}",
        f"X-Gm-Message-State: {_noise(chance, 60)}\r\nX-Google-Smtp-Source: {_noise(chance, 45)}\r\nX-Received: by"
        f" 2002:a05:6402:{chance.randint(1, 9999)} with SMTP id {chance.randbytes(9).hex()};\r\n        {_when(chance)} (PDT)",
        f"X-Mailer: {chance.choice(_AGENTS)}\r\nX-Priority: 3 (Normal)\r\nImportance: Normal\r\nPrecedence: bulk\r\n"
        "X-Spam-Status: No, score=-2.1 required=5.0\r\n\ttests=BAYES_00,DKIM_SIGNED,DKIM_VALID,HTML_MESSAGE,"
        "\r\n\tRCVD_IN_DNSWL_NONE,SPF_PASS autolearn=ham\r\nX-Spam-Level: ",
        f"List-Unsubscribe: <https://{host}/unsubscribe?id={chance.randbytes(8).hex()}>\r\n"
        f"List-Id: <list.{host}>\r\nList-Post: <mailto:list@{host}>\r\nErrors-To: list-admin@{host}\r\n"
        f"Sender: list-admin@{host}\r\nX-BeenThere: list@{host}\r\nX-Mailman-Version: 2.1\r\nReply-To: list@{host}",
    ]


def _html(chance: Random, paragraphs: list[str]) -> str:
    kind = chance.randint(0, 2)
    if kind == 0:
        body = "\r\n".join(
            f'<p class="MsoNormal"><span lang="EN-US" style="font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif;'
            f'mso-fareast-language:EN-US">{text}<o:p></o:p></span></p>'
            for text in paragraphs
        )
        return _OUTLOOK_TOP + body + '<p class="MsoNormal"><o:p>&nbsp;</o:p></p>\r\n</div>\r\n</body>\r\n</html>\r\n'
    if kind == 1:
        body = "".join(f'<div dir="ltr">{text}<br></div><div><br></div>' for text in paragraphs)
        return (
            f'<div dir="ltr">{body}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On {_when(chance)}'
            ' wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid'
            f' rgb(204,204,204);padding-left:1ex">{words(chance, 12)}</blockquote></div>\r\n'
        )
    rows = "".join(
        '<tr><td align="left" valign="top" style="padding:0 20px 10px 20px;font-family:Arial,Helvetica,sans-serif;'
        f'font-size:14px;line-height:20px;color:#333333;"><a href="https://{chance.choice(_HOSTS)}/c/{_noise(chance, 18)}"'
        f' target="_blank" style="color:#0066cc;text-decoration:none;">{text}</a></td></tr>\r\n'
        for text in paragraphs
    )
    return _NEWSLETTER_TOP + rows + "</table></td></tr></table></center></body></html>\r\n"


def mail(chance: Random, number: int) -> bytes:
    """Return one mail with CRLF lines, its attachments already taken out as the vault stores it."""
    (name, sender), (other, recipient) = _person(chance), _person(chance)
    boundary = f"_00{number % 10}_{chance.randbytes(16).hex().upper()}{chance.choice(_SERVERS)}_"
    head = _exchange_headers(chance) if chance.random() < 0.6 else chance.sample(_plain_headers(chance), 6)
    head += [
        f'From: "{name}" <{sender}>\r\nTo: {other} <{recipient}>\r\nCC: {_person(chance)[1]}',
        f"Subject: {chance.choice(('', 'Re: ', 'RE: ', 'Fwd: ', 'AW: ', 'WG: '))}{words(chance, 5)}",
        f"Thread-Topic: {words(chance, 4)}\r\nThread-Index: AQHZ{_noise(chance, 15)}\r\nDate: {_when(chance)}",
        f"Message-ID:\r\n <{chance.choice(_SERVERS)}{chance.randbytes(16).hex().upper()}@{chance.choice(_HOSTS)}>",
        f"In-Reply-To: <{chance.randbytes(12).hex()}@{chance.choice(_HOSTS)}>\r\n"
        f"References: <{chance.randbytes(12).hex()}@{chance.choice(_HOSTS)}>",
        "Accept-Language: en-US, de-DE\r\nContent-Language: en-US\r\nMIME-Version: 1.0",
    ]
    text = _paragraphs(chance)
    plain = (
        "\r\n\r\n".join(text)
        + f"\r\n\r\nBest regards\r\n{name}\r\n\r\nFrom: {other} <{recipient}>\r\nSent: {_when(chance)}"
    )
    if chance.random() < 0.2:
        kind = "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n"
        body = "\r\n".join([*head, kind, plain])
        return (body if chance.random() < 0.5 else body.replace("\r\n", "\n")).encode()
    encoding = chance.choice(("quoted-printable", "8bit", "7bit"))
    parts = [
        *head,
        f'Content-Type: multipart/mixed;\r\n\tboundary="{boundary}"\r\n\r\nThis is a multi-part message in MIME format.'
        f'\r\n\r\n--{boundary}\r\nContent-Type: multipart/alternative;\r\n\tboundary="{boundary}alt"\r\n',
        f'--{boundary}alt\r\nContent-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n',
        plain,
        f'\r\n--{boundary}alt\r\nContent-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n',
        _html(chance, text),
        f"--{boundary}alt--\r\n\r\n--{boundary}",
        f'Content-Type: {chance.choice(_TYPES)};\r\n\tname="{words(chance, 1)}.pdf"\r\nContent-Description: file.pdf\r\n'
        f'Content-Disposition: attachment; filename="{words(chance, 1)}.pdf"; size={chance.randint(900, 900_000)};\r\n'
        f'\tcreation-date="{_when(chance)}";\r\n\tmodification-date="{_when(chance)}"\r\n'
        f"Content-ID: <image00{number % 9}.png@01D{chance.randbytes(4).hex().upper()}>\r\n"
        f"X-Attachment-Id: f_{chance.randbytes(5).hex()}\r\nContent-Transfer-Encoding: base64\r\n",
        f"\r\n--{boundary}--\r\n",
    ]
    return "\r\n".join(parts).encode()


def small_thing(chance: Random, number: int) -> bytes:
    """Return an event, a contact, a chat message or a line of settings, as JSON, iCalendar or vCard."""
    name, address = _person(chance)
    if number % 3 == 0:
        return _event(chance, name, address)
    if number % 3 == 1:
        return json.dumps(
            {
                "id": "AAMkAG" + _noise(chance, 60), "createdDateTime": _iso(chance) + "Z", "parentFolderId": "AQMkAD",
                "changeKey": "EQAAAB", "categories": [], "displayName": name, "givenName": name.split()[0],
                "surname": name.split()[1], "companyName": words(chance, 2), "jobTitle": words(chance, 1),
                "emailAddresses": [{"name": name, "address": address}], "businessPhones": [f"+49 30 {number:07d}"],
                "homePhones": [], "mobilePhone": None, "birthday": None, "personalNotes": "", "imAddresses": [],
                "homeAddress": {}, "otherAddress": {}, "businessAddress": {"street": words(chance, 2), "city": "Berlin",
                "state": "", "countryOrRegion": "Germany", "postalCode": f"{number % 99999:05d}"},
            }
        ).encode()  # fmt: skip
    lines = [
        "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//iOS 17.0//EN",
        f"N:{name.split()[1]};{name.split()[0]};;;\r\nFN:{name}\r\nORG:{words(chance, 2)};",
        f"EMAIL;type=INTERNET;type=WORK;type=pref:{address}\r\nTEL;type=CELL;type=VOICE;type=pref:+49 170 {number:07d}",
        f"ADR;type=HOME;type=pref:;;{words(chance, 2)};Berlin;;10115;Germany\r\nREV:{_iso(chance)}Z\r\nEND:VCARD\r\n",
    ]
    return "\r\n".join(lines).encode()


def _event(chance: Random, name: str, address: str) -> bytes:
    if chance.random() < 0.5:
        day = _iso(chance).replace("-", "").replace(":", "")
        return (
            f"BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\r\nVERSION:2.0\r\nCALSCALE:GREGORIAN\r\n"
            f"METHOD:REQUEST\r\n{_TIMEZONE}BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:{day}\r\nDTEND;TZID=Europe/Berlin:"
            f"{day}\r\nRRULE:FREQ=WEEKLY;BYDAY=MO\r\nDTSTAMP:{day}Z\r\nORGANIZER;CN={name}:mailto:{address}\r\nUID:"
            f"{chance.randbytes(13).hex()}@google.com\r\nATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;"
            f"RSVP=TRUE\r\n ;CN={address};X-NUM-GUESTS=0:mailto:{address}\r\nCREATED:{day}Z\r\nDESCRIPTION:"
            f"{_sentence(chance)}\r\nLAST-MODIFIED:{day}Z\r\nLOCATION:\r\nSEQUENCE:0\r\nSTATUS:CONFIRMED\r\nSUMMARY:"
            f"{words(chance, 4)}\r\nTRANSP:OPAQUE\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P0DT0H15M0S\r\nEND:VALARM"
            "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        ).encode()
    when = {"dateTime": _iso(chance) + ".0000000", "timeZone": "UTC"}
    return json.dumps(
        {
            "id": "AAMkAG" + _noise(chance, 60), "createdDateTime": _iso(chance) + "Z",
            "lastModifiedDateTime": _iso(chance) + "Z", "changeKey": "DwAAABYA", "categories": [],
            "transactionId": None, "originalStartTimeZone": "W. Europe Standard Time", "reminderMinutesBeforeStart": 15,
            "isReminderOn": True, "hasAttachments": False, "subject": words(chance, 4), "bodyPreview": _sentence(chance),
            "importance": "normal", "sensitivity": "normal", "isAllDay": False, "isCancelled": False,
            "isOrganizer": True, "responseRequested": True, "seriesMasterId": None, "showAs": "busy",
            "type": "singleInstance", "webLink": "https://outlook.office365.com/owa/?itemid=AAMkAG", "recurrence": None,
            "body": {"contentType": "html", "content": _html(chance, [_sentence(chance)])}, "start": when, "end": when,
            "location": {"displayName": "", "locationType": "default", "uniqueIdType": "unknown"}, "locations": [],
            "attendees": [{"type": "required", "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
            "emailAddress": {"name": name, "address": address}}], "onlineMeeting": None, "isOnlineMeeting": False,
            "organizer": {"emailAddress": {"name": name, "address": address}},
        }
    ).encode()  # fmt: skip


_TYPES = ("application/pdf", "image/png", "image/jpeg", "application/octet-stream", "application/zip")
_TIMEZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST"
    "\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;"
    "BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
)
_OUTLOOK_TOP = (
    '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-'
    'microsoft-com:office:word" xmlns:m="http://schemas.microsoft.com/office/2004/12/omml" xmlns="http://www.w3.org/TR/'
    'REC-html40">\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n<meta name="Generator"'
    ' content="Microsoft Word 15 (filtered medium)">\r\n<style><!--\r\n/* Font Definitions */\r\n@font-face\r\n\t{font-family:'
    '"Cambria Math";\r\n\tpanose-1:2 4 5 3 5 4 6 3 2 4;}\r\n@font-face\r\n\t{font-family:Calibri;\r\n\tpanose-1:2 15 5 2 2 2 4'
    " 3 2 4;}\r\n/* Style Definitions */\r\np.MsoNormal, li.MsoNormal, div.MsoNormal\r\n\t{margin:0cm;\r\n\tfont-size:11.0pt;"
    '\r\n\tfont-family:"Calibri",sans-serif;\r\n\tmso-fareast-language:EN-US;}\r\na:link, span.MsoHyperlink\r\n\t{mso-style-'
    "priority:99;\r\n\tcolor:#0563C1;\r\n\ttext-decoration:underline;}\r\nspan.EmailStyle17\r\n\t{mso-style-type:personal-"
    'compose;\r\n\tfont-family:"Calibri",sans-serif;\r\n\tcolor:windowtext;}\r\n.MsoChpDefault\r\n\t{mso-style-type:export-only;'
    "\r\n\tfont-size:10.0pt;}\r\n@page WordSection1\r\n\t{size:612.0pt 792.0pt;\r\n\tmargin:72.0pt 72.0pt 72.0pt 72.0pt;}\r\n"
    "div.WordSection1\r\n\t{page:WordSection1;}\r\n--></style>\r\n</head>\r\n"
    '<body lang="EN-US" link="#0563C1" vlink="#954F72" style="word-wrap:break-word">\r\n<div class="WordSection1">\r\n'
)
_NEWSLETTER_TOP = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
    '\r\n<html xmlns="http://www.w3.org/1999/xhtml">\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html;'
    ' charset=UTF-8" />\r\n<meta name="viewport" content="width=device-width, initial-scale=1.0" />\r\n<title></title>\r\n'
    '<style type="text/css">\r\nbody, table, td, a{-webkit-text-size-adjust: 100%; -ms-text-size-adjust: 100%;}\r\n'
    "table, td{mso-table-lspace: 0pt; mso-table-rspace: 0pt;}\r\nimg{border: 0; height: auto; line-height: 100%; outline: none;}"
    "\r\n@media screen and (max-width: 600px) {.mobile-hide {display: none !important;}}\r\n</style>\r\n</head>\r\n"
    '<body style="margin: 0; padding: 0; background-color: #f4f4f4;">\r\n<center><table border="0" cellpadding="0"'
    ' cellspacing="0" width="100%" role="presentation"><tr><td align="center" bgcolor="#ffffff"><table border="0"'
    ' cellpadding="0" cellspacing="0" width="600">\r\n'
)
