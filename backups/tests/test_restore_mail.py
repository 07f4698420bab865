"""Mail that is hard to put back: long, large, sealed, nested, half made, about to be sent."""

import hashlib
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from backups.connectors.base import CannotBeRestored, Obstacle, PermissionMissing
from backups.connectors.contract import Feed, Source
from backups.connectors.microsoft365.mail import MailConnector
from backups.connectors.microsoft365.restore_mail import MailRestorer
from backups.connectors.microsoft365.restore_mailbox import Mailbox, entries
from backups.connectors.restoring import Conflict, Less, Saved
from backups.tests.connector_contract import graph_of
from backups.tests.looks import Clock
from backups.tests.restorer_contract import put_back, put_surely
from backups.tests.restorers_outlook import Mail, told
from backups.tests.restoring import MemoryTree, assignment_of, saved_tree

FOLDER = "Restored 22 Nov 2026"
INBOX = Feed("inbox-then", "Posteingang", "folder", record={"wellKnownName": "inbox"})
ODD = ("nested", "smime", "cloud_link", "invitation", "logo")


@pytest.fixture
def dental(microsoft):
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    for app in ("restore", "backup"):
        microsoft.consent(tenant, microsoft.apps[app].client_id)
    return tenant


@pytest.fixture
def graph(microsoft, dental):
    with graph_of(microsoft, dental, "restore", clock=Clock(microsoft)) as one:
        yield one


@pytest.fixture
def otto(dental):
    return Source(dental["user_id"], "USER")


@pytest.fixture
def restorer(graph):
    return MailRestorer(graph)


def kept(mail, *, feed=INBOX, key="m1", **record):
    """Return a mail as it comes out of a vault, in pieces that fit nothing."""
    content = mail if isinstance(mail, bytes) else mail.as_bytes(policy=policy.SMTP)
    facts = {"subject": "Crowns", "sentDateTime": "2019-05-01T10:00:00Z", "receivedDateTime": "2019-05-01T10:00:05Z"}
    facts |= {"isRead": False, "isDraft": False, "internetMessageId": f"<{key}@acme.example>"}

    def stream(part):
        return (content[at : at + 70_001] for at in range(0, len(content), 70_001))

    return Saved(key, facts | record, {}, feed, "", {"mime": len(content)}, stream)


def letter(*files, **headers):
    mail = EmailMessage()
    mail["From"], mail["To"] = "Rita <rita@rival.example>", "otto@acme.example"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Guten Tag,\r\nanbei alles.")
    for name, content in files:
        mail.add_attachment(content, "application", "pdf", filename=name)
    return mail


def order(otto, *saved, feed=INBOX, **choices):
    tree = MemoryTree([feed], {one.id: one for one in saved})
    return assignment_of(otto, tree, **({"folder": ""} | choices))


def live(graph, otto, message_id):
    """Return a message as it lies in the mailbox now: the folder's name, its record and its mail."""
    mailbox = Mailbox(graph, otto)
    record = mailbox.get(f"messages/{message_id}")
    folder = mailbox.get(f"mailFolders/{record['parentFolderId']}")
    known = {mailbox.get(f"mailFolders/{name}")["id"]: name for name in ("inbox", "drafts", "deleteditems")}
    with mailbox.open(f"messages/{message_id}/$value", of=f"messages/{message_id}") as stream:
        mail = message_from_bytes(stream.read(), policy=policy.default)
    return known.get(folder["id"], folder["displayName"]), record, mail


def everything_in(graph, otto, folder):
    return list(entries(Mailbox(graph, otto), f"mailFolders/{folder}/messages?$select=id,internetMessageId&$top=100"))


def test_odd_mails_come_back_whole_or_say_what_they_lack(microsoft, dental, graph, otto, restorer):
    ids = [microsoft.mutate(dental, {"op": "receive_mail", "user": otto.remote_id, "recipe": one})[0] for one in ODD]
    everything = saved_tree(MailConnector(graph), otto)
    named = {recipe: made["id"] for recipe, made in zip(ODD, ids, strict=True)}
    tree = MemoryTree(everything.all_feeds, {one: everything.objects[one] for one in named.values()})

    result = put_back(restorer, assignment_of(otto, tree, folder=FOLDER, conflict=Conflict.COPY))

    after = saved_tree(MailConnector(graph), otto).objects
    less = {recipe: set(result.outcomes[one].less) - {Less.HEADERS} for recipe, one in named.items()}
    assert {recipe: some for recipe, some in less.items() if some} == {
        "cloud_link": {Less.CLOUD_LINKS}, "invitation": {Less.INVITATION},
    }  # fmt: skip
    mails = {}
    for recipe, one in named.items():
        old, new = tree.objects[one], after[result.outcomes[one].id]
        mails[recipe] = [message_from_bytes(some.read("mime"), policy=policy.default) for some in (old, new)]
        assert old.record["receivedDateTime"] == new.record["receivedDateTime"]
    for recipe in ("nested", "logo", "cloud_link", "invitation"):
        assert told(mails[recipe][0]) == told(mails[recipe][1]), recipe
    sealed, opened = mails["smime"]
    assert next(opened.iter_attachments()).get_payload(decode=True) == sealed.get_payload(decode=True)


def test_a_text_that_is_too_long_to_be_written_is_attached(graph, otto, restorer):
    mail = letter()
    mail.set_content("<p>über alles</p>" * 190_000, subtype="html", cte="8bit")

    outcome = restorer.put(order(otto), saved := kept(mail), "k", None)

    shown = live(graph, otto, outcome.id)[2]
    attached = next(shown.iter_attachments())
    assert outcome.less == (Less.TEXT,)
    assert (attached.get_filename(), attached.get_content_type()) == ("message.html", "text/html")
    assert attached.get_payload(decode=True).decode().strip() == "<p>über alles</p>" * 190_000
    assert "message.html" in shown.get_body().get_content()
    assert restorer.find(order(otto), saved, "k") == outcome.id


def test_a_large_attachment_goes_up_in_ranges_although_answers_are_lost(microsoft, graph, otto, restorer):
    scan = bytes(range(251)) * 40_000
    saved = kept(letter(("scan.pdf", scan), ("note.pdf", b"%PDF-1.7")))
    microsoft.fault({"reset": True}, path="/uploads/", method="PUT", when={"every": 2})

    outcome = put_surely(restorer, order(otto, saved), saved)

    microsoft.heal()
    folder, record, mail = live(graph, otto, outcome.id)
    files = {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}
    assert {name: hashlib.sha256(content).digest() for name, content in files.items()} == {
        "scan.pdf": hashlib.sha256(scan).digest(), "note.pdf": hashlib.sha256(b"%PDF-1.7").digest(),
    }  # fmt: skip
    assert len(list(mail.iter_attachments())) == 2
    assert (folder, record["isRead"], record["isDraft"]) == ("inbox", False, False)
    assert microsoft.counters()["foreign_authorizations"] == 0


def test_a_message_that_is_half_made_is_gone_on_with_and_only_then_takes_the_place_of_another(
    microsoft, graph, otto, restorer
):
    files = [(f"{number}.pdf", b"%PDF" + bytes([number])) for number in range(4)]
    saved = kept(letter(*files))
    first = put_surely(restorer, order(otto, saved), saved)
    replacing = order(otto, saved, conflict=Conflict.REPLACE, key="restore-2")
    there = restorer.marks_there(replacing, INBOX)["<m1@acme.example>"]
    microsoft.fault({"status": 403}, path="/attachments$", method="POST", when={"every": 2}, times=2)

    # The same worker comes again, and is stopped once more; then another one looks.
    for _ in range(2):
        with pytest.raises(PermissionMissing):
            restorer.put(replacing, saved, "k", there)
    while_half = live(graph, otto, first.id)[0]
    found = MailRestorer(graph).find(replacing, saved, "k")

    folder, _, mail = live(graph, otto, found)
    assert [part.get_filename() for part in mail.iter_attachments()] == [name for name, _ in files]
    assert (while_half, folder, live(graph, otto, first.id)[0]) == ("inbox", "inbox", "deleteditems")
    assert restorer.find(replacing, saved, "k") == found
    assert [one["internetMessageId"] for one in everything_in(graph, otto, "inbox")].count("<m1@acme.example>") == 1


def test_headers_come_back_as_far_as_they_can_be_set(microsoft, graph, otto, restorer):
    own = {f"X_Team_{number}": f"blue {number}" for number in range(7)}
    saved = kept(letter(In_Reply_To="<old@acme.example>", Received="from there", **own))

    outcome = restorer.put(order(otto, saved), saved, "k", None)
    microsoft.fault({"status": 400, "body": {"error": {"code": "No"}}}, path="/messages$", method="POST", times=1)
    refused_once = restorer.put(order(otto, saved), saved, "other", None)

    _, record, mail = live(graph, otto, outcome.id)
    assert [name for name in mail if name.startswith("X-")] == [f"X-Team-{number}" for number in range(5)]
    assert record["internetMessageId"] == "<m1@acme.example>"
    assert outcome.less == refused_once.less == (Less.HEADERS,)
    assert live(graph, otto, refused_once.id)[1]["subject"] == "Crowns"


def test_nothing_that_comes_back_writes_to_anybody(graph, otto, restorer):
    outbox = Feed("outbox-then", "Outbox", "folder", record={"wellKnownName": "outbox"})
    waiting = kept(letter(), feed=outbox, key="w", isDraft=True, isReadReceiptRequested=True)
    received = kept(letter(), key="r", isReadReceiptRequested=True)

    drafted = restorer.put(order(otto, waiting, feed=outbox), waiting, "k1", None)
    read = restorer.put(order(otto, received), received, "k2", None)

    folder, record, _ = live(graph, otto, drafted.id)
    assert (folder, record["isDraft"], record["isReadReceiptRequested"]) == ("drafts", True, True)
    assert live(graph, otto, read.id)[1]["isReadReceiptRequested"] is False
    assert Less.SETTINGS in read.less


def test_what_shows_other_mail_or_was_deleted_for_good_is_not_put_back_by_itself(restorer):
    recoverable = Feed("r", "Deletions", "folder", record={"wellKnownName": "recoverableitemsdeletions"})
    turns = [restorer.turn(feed, {}) for feed in (INBOX, recoverable, Feed("s", "Unread", "search folder"))]

    assert turns == [0, -1, -1]


def test_a_folder_that_is_deleted_or_cannot_have_its_name_is_made_in_another_way(
    microsoft, dental, graph, otto, restorer
):
    feed = Feed("own", "2019 / 2020", "folder", parent="", record={})
    saved = kept(letter(), feed=feed)
    told_no = {"status": 400, "body": {"error": {"code": "ErrorInvalidName"}}}
    microsoft.fault(told_no, path="/childFolders$", method="POST", times=1)
    one = order(otto, saved, feed=feed)

    first = restorer.put(one, saved, "k1", None)
    name = live(graph, otto, first.id)[0]
    place = one.places.get("mailFolders own")
    microsoft.mutate(
        dental, {"op": "delete_mail_folder", "user": otto.remote_id, "folder": place, "hard": True}
    )  # fmt: skip
    second = restorer.put(one, saved, "k2", None)

    assert (name, live(graph, otto, second.id)[0]) == ("2019 _ 2020", "2019 / 2020")
    assert one.places.get("mailFolders own") != place
    microsoft.fault(told_no, path="/childFolders$", method="POST")
    with pytest.raises(CannotBeRestored) as problem:
        restorer.put(order(otto, saved, feed=feed, folder=FOLDER), saved, "k3", None)
    assert problem.value.obstacle == Obstacle.NAME_REFUSED


def test_a_copy_in_the_folder_counts_before_the_original(graph, otto, restorer):
    rita = {"emailAddress": {"name": "Rita", "address": "rita@rival.example"}}
    saved = kept(letter(), importance="high", hasAttachments=False, **{"from": rita, "toRecipients": [rita]})
    original = restorer.put(order(otto, saved), saved, "k1", None)
    into = order(otto, saved, folder=FOLDER)
    before = restorer.marks_there(into, INBOX)["<m1@acme.example>"]
    copy = restorer.put(into, saved, "k2", None)

    after = restorer.marks_there(into, INBOX)["<m1@acme.example>"]

    assert (before.id, after.id) == (original.id, copy.id)
    assert before.content == after.content == restorer.mark(into, saved).content


def test_the_same_mail_is_known_in_every_mailbox_and_a_draft_only_by_its_name(otto, restorer):
    mail, draft = kept(letter()), kept(letter(), isDraft=True)
    nameless = kept(letter(), internetMessageId=None)
    marks = [restorer.mark(order(otto), one) for one in (mail, draft, nameless)]

    assert marks[0].name == marks[1].name == "<m1@acme.example>"
    assert marks[0].content != marks[1].content
    assert marks[2].name not in ("", marks[0].name)
    assert Mail.restorer_class is MailRestorer
