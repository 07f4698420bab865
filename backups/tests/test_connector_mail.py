"""Mail as it really is: read and sorted without a byte fetched twice, half told, corrupt, in a mailbox that is full."""

from urllib.parse import quote

import pytest

from backups.connectors.base import CannotBeSaved, CursorExpired, NotThere, PermissionMissing, Refusal, UnexpectedAnswer
from backups.connectors.contract import Checkpoint, Feed, Part, Source, Upsert
from backups.connectors.http import Http
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.mail import MailConnector
from backups.tests.connector_contract import graph_of
from backups.tests.connectors_outlook import Mail
from backups.tests.scripted_provider import Clock, say

FULL = {"status": 403, "body": {"error": {"code": "ErrorQuotaExceeded", "message": "Quota exceeded."}}}
INBOX = Feed("inbox-id", "Inbox", "folder")
MIA = Source("mia", "USER")
WHOLE = {
    "id": "m1", "createdDateTime": "2026-10-25T10:00:00Z", "changeKey": "a", "parentFolderId": "inbox-id",
    "subject": "Teeth", "isRead": False, "isDraft": False, "receivedDateTime": "2026-10-25T10:00:00Z",
}  # fmt: skip


@pytest.fixture
def mail(microsoft):
    """The mail of an ordinary person at Acme Dental."""
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    microsoft.consent(tenant, microsoft.apps["backup"].client_id)
    return Mail(microsoft, tenant)


@pytest.fixture
def graph(microsoft, mail):
    with graph_of(microsoft, mail.tenant) as one:
        yield one


@pytest.fixture
def copy(mail, graph):
    """A backup of the mail, made a moment ago."""
    return mail.copy(graph).pass_over()


@pytest.fixture
def told(provider):
    """The connector of a mailbox at that server."""
    clock = Clock()
    with Http(provider.url, token=lambda fresh: "secret", sleep=clock.sleep, clock=clock) as http:
        yield MailConnector(Graph(http, tenant="t"))


def refuse(provider, status, code):
    say(provider, status, error={"code": code, "message": "No."})


def test_the_strangest_mails_of_the_world_are_all_there(microsoft, mail, graph):
    ada = Mail(microsoft, mail.tenant, mail.tenant["admin_id"])

    copy = ada.copy(graph).pass_over()

    assert copy.truth() == ada.truth()
    assert Refusal.CORRUPT in {kept.parts["mime"] for kept in copy.objects.values()}
    dates = {kept.found.facts["modified_at"][:4] for kept in copy.objects.values()}
    assert {"1601", "2099"} <= dates
    assert any(kept.found.facts["name"] == "" for kept in copy.objects.values())
    assert max(kept.found.facts["size"] for kept in copy.objects.values()) > 10_000_000


def test_a_mail_that_was_read_flagged_or_sorted_costs_no_bytes(mail, copy):
    message = mail.some_message()
    flag = {"flagStatus": "flagged"}

    mail.read()
    mail.change("update_message", message=message, set={"categories": ["Red"], "flag": flag})
    copy.pass_over()

    assert (copy.completed, copy.opened) == (1, 0)
    assert copy.objects[message].found.record["categories"] == ["Red"]
    assert copy.truth() == mail.truth()


def test_a_mail_that_was_moved_costs_nothing_at_all(mail, copy):
    mail.moved()

    copy.pass_over()

    assert (copy.completed, copy.opened) == (0, 0)
    assert copy.truth() == mail.truth()


def test_a_draft_is_read_again_whenever_it_was_touched(mail, copy):
    draft = mail.change("receive_mail", folder="drafts")["id"]
    copy.pass_over()

    for change in ({"rewrite": True}, {"set": {"categories": ["Later"]}}):
        mail.change("update_message", message=draft, **change)
        copy.pass_over()
        assert copy.opened == 1

    assert copy.truth() == mail.truth()


def test_a_deleted_mail_is_found_where_it_can_still_be_recovered(mail, copy):
    message = mail.some_message()
    mail.change("delete_message", message=message, how="recoverable")

    copy.pass_over()

    feeds = {feed.id: feed for feed in copy.connector.feeds(copy.source)}
    assert feeds[copy.objects[message].feed].record["wellKnownName"] == "recoverableitemsdeletions"


def test_folders_are_known_by_a_name_in_every_language(mail, copy):
    feeds = {feed.id: feed for feed in copy.connector.feeds(copy.source)}
    truth = [one for one in mail.held("folders") if one["kind"] == "mail"]

    reached = {one["id"]: one for one in truth if not one["well_known"].startswith("recoverableitems")}
    assert reached.keys() < feeds.keys()
    for folder_id, one in reached.items():
        assert feeds[folder_id].name == one["name"]
    known = {feed.record.get("wellKnownName") for feed in feeds.values()}
    assert {"msgfolderroot", "inbox", "sentitems", "drafts", "deleteditems", "archive", "junkemail"} <= known
    assert not {"childFolderCount", "totalItemCount", "unreadItemCount"} & set().union(
        *(f.record for f in feeds.values())
    )


def test_a_pass_without_news_asks_once_for_each_folder_and_a_little_more_for_the_tree(graph, copy):
    before = graph.http.requests

    copy.pass_over()

    asked = graph.http.requests - before
    parents = {feed.parent for feed in copy.connector.feeds(copy.source)} - {""}
    # Three calls find the folders that have a name in every language, one lists those at the top.
    assert asked <= len(copy.cursors) + len(parents) + 4


def test_a_full_mailbox_is_listed_instead(mail, copy):
    mail.simulator.fault(FULL, path=mail.changes_path)
    inbox = next(feed for feed in copy.connector.feeds(copy.source) if feed.id == mail.folder("inbox"))
    with pytest.raises(CursorExpired):
        list(copy.connector.changes(copy.source, inbox, copy.cursors[inbox.id]))

    for mutation in ("new", "moved", "deleted"):
        getattr(mail, mutation)()
        copy.pass_over()

    assert copy.truth() == mail.truth()
    assert copy.opened == 0
    assert set(copy.cursors.values()) == {""}


def test_a_folder_whose_feed_is_refused_is_listed_instead(mail, copy):
    recoverable = mail.folder("recoverableitemsdeletions")
    mail.simulator.fault({"status": 400}, path=f"/mailFolders/{recoverable}/messages/delta")
    copy.cursors.clear()

    mail.change("delete_message", message=mail.some_message(), how="recoverable")
    copy.pass_over()
    mail.change("delete_message", message=mail.some_message("recoverableitemsdeletions"), how="purge")
    copy.pass_over()

    assert copy.truth() == mail.truth()
    assert copy.cursors[recoverable] == ""


def test_a_list_goes_on_where_it_was(mail, graph):
    mail.simulator.fault(FULL, path=mail.changes_path)
    inbox = Feed(mail.folder("inbox"), "Inbox", "folder")
    mail.mutate(*[{"op": "receive_mail", "user": mail.user} for _ in range(110)])
    connector = MailConnector(graph)

    told = list(connector.changes(mail.source, inbox, ""))
    middle = next(number for number, change in enumerate(told) if isinstance(change, Checkpoint))
    after = list(connector.changes(mail.source, inbox, told[middle].cursor))

    assert not told[middle].is_end
    assert told[middle + 1 :] == after


def test_a_mail_that_moved_is_not_found_in_its_old_folder(mail, copy):
    message, inbox = mail.some_message(), Feed(mail.folder("inbox"), "Inbox", "folder")
    archive = Feed(mail.folder("archive"), "Archive", "folder")
    mail.change("move_message", message=message, folder="archive")

    with pytest.raises(NotThere):
        copy.connector.look(copy.source, inbox, message)
    assert copy.connector.look(copy.source, archive, message).tag == copy.objects[message].found.tag


def test_without_permission_for_this_one_mailbox_we_say_so(mail, copy):
    refused = {"status": 403, "body": {"error": {"code": "ErrorAccessDenied", "message": "Access is denied."}}}
    mail.simulator.fault(refused, path=f"/users/{mail.user}/mailFolders")

    with pytest.raises(PermissionMissing):
        copy.pass_over()


def test_a_folder_that_goes_while_the_tree_is_read_takes_no_other_with_it(mail, copy):
    own = next(one for one in mail.held("folders") if one["kind"] == "mail" and not one["well_known"])
    path = f"/mailFolders/{own['id']}/childFolders"
    gone = {"status": 404, "body": {"error": {"code": "ErrorItemNotFound", "message": "No."}}}
    mail.simulator.fault(gone, path=own["id"])

    feeds = {feed.id for feed in copy.connector.feeds(copy.source)}

    assert len(feeds) >= len(copy.cursors) - 3
    assert any(path == asked.rpartition(mail.user)[2] for asked in mail.asked())


def test_a_folder_whose_insides_are_denied_while_it_is_there_is_a_riddle(mail, copy):
    gone = {"status": 404, "body": {"error": {"code": "ErrorItemNotFound", "message": "No."}}}
    mail.simulator.fault(gone, path="/childFolders")

    with pytest.raises(UnexpectedAnswer):
        list(copy.connector.feeds(copy.source))


@pytest.mark.parametrize("path", [r"\$batch", "/mailFolders/(msgfolderroot|recoverableitemsdeletions)$"])
def test_what_a_batch_denies_once_is_no_folder_that_is_gone(mail, copy, path):
    before = [feed.id for feed in copy.connector.feeds(copy.source)]
    mail.simulator.fault({"status": 404, "body": ""}, path=path, times=2)

    feeds = [feed.id for feed in copy.connector.feeds(copy.source)]

    assert feeds == before


def test_news_that_a_mail_was_read_is_completed_without_its_bytes(provider, told):
    link = f"{provider.url}/v1.0/next"
    say(provider, value=[{"id": "m1", "isRead": True, "parentFolderId": "inbox-id"}], **{"@odata.deltaLink": link})
    say(provider, **WHOLE | {"isRead": True, "changeKey": "b"})
    say(provider, **WHOLE)

    half, _ = told.changes(MIA, INBOX, link)
    whole, before = told.complete(MIA, INBOX, half), told.look(MIA, INBOX, "m1")

    assert not half.is_whole
    assert whole.is_whole
    assert whole.record["isRead"] is True
    assert whole.tag != before.tag
    assert whole.parts == before.parts


def test_every_request_says_how_ids_and_pages_shall_be(provider, told):
    link = f"{provider.url}/v1.0/next?$skiptoken=x"
    say(provider, value=[], **{"@odata.nextLink": link})
    say(provider, value=[], **{"@odata.deltaLink": link})

    list(told.changes(MIA, INBOX, ""))

    assert len(provider.seen) == 2
    for path, headers in provider.seen:
        assert "$top" not in path
        assert 'IdType="ImmutableId"' in headers["Prefer"]
        assert "odata.maxpagesize=100" in headers["Prefer"]


def test_changes_that_end_without_a_link_are_no_end(provider, told):
    say(provider, value=[WHOLE])

    with pytest.raises(UnexpectedAnswer):
        list(told.changes(MIA, INBOX, ""))


@pytest.mark.parametrize("cursor", ["nonsense", "//evil.example/v1.0/x", "list nonsense"])
def test_a_cursor_that_is_none_starts_again(told, cursor):
    with pytest.raises(CursorExpired):
        list(told.changes(MIA, INBOX, cursor))


def test_a_folder_whose_id_is_written_in_another_way_is_still_the_same(provider, told):
    say(provider, **WHOLE | {"parentFolderId": "another-form"})
    say(provider, id="another-form")

    assert told.look(MIA, INBOX, "m1").facts["name"] == "Teeth"


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "ErrorInvalidSyncStateData", CursorExpired),
        (400, "SyncStateInvalid", CursorExpired),
        (410, "resyncRequired", CursorExpired),
        (400, "ErrorSyncFolderNotFound", NotThere),
        (403, "MailboxNotEnabledForRESTAPI", NotThere),
        (400, "BadRequest", UnexpectedAnswer),
    ],
)
def test_what_exchange_refuses_with_is_understood(provider, told, status, code, error):
    for _ in range(2):
        refuse(provider, status, code)

    with pytest.raises(error):
        list(told.changes(MIA, INBOX, f"{provider.url}/v1.0/next"))


def test_what_somebody_only_asks_is_not_read_as_if_it_were_a_folder(provider, told):
    found = Feed("s", "Unread", "search folder", has_delta=False)

    assert list(told.changes(MIA, found, "")) == [Checkpoint("", is_end=True)]
    assert provider.seen == []


MESSAGE = Upsert("m/1=", "tag", {}, parts=(Part("mime", "x"),))


def read(told):
    with told.open(MIA, INBOX, MESSAGE, MESSAGE.parts[0]) as stream:
        return stream.read()


def test_a_corrupt_mail_is_given_up_and_said_to_be_corrupt(provider, told):
    refuse(provider, 400, "ErrorCorruptData")

    with pytest.raises(CannotBeSaved) as refusal:
        read(told)

    assert (refusal.value.reason, refusal.value.code) == (Refusal.CORRUPT, "ErrorCorruptData")


def test_a_mail_at_which_exchange_fails_every_time_is_given_up_while_others_are_answered(provider, told):
    for _ in range(6):
        refuse(provider, 500, "ErrorInternalServerError")
    say(provider, id="m1")

    with pytest.raises(CannotBeSaved) as refusal:
        read(told)

    assert refusal.value.reason == Refusal.CORRUPT


def test_bytes_that_are_denied_once_are_asked_for_again(provider, told):
    refuse(provider, 404, "ErrorItemNotFound")
    say(provider, id="m1")
    provider.say(200, b"Subject: Teeth")

    assert read(told) == b"Subject: Teeth"
    assert provider.seen[0][0] == f"/v1.0/users/mia/messages/{quote('m/1=', safe='')}/$value"


def test_bytes_that_are_denied_always_are_a_riddle_and_no_deletion(provider, told):
    for _ in range(2):
        refuse(provider, 404, "ErrorItemNotFound")
        say(provider, id="m1")

    with pytest.raises(UnexpectedAnswer):
        read(told)


def test_a_mail_that_is_gone_has_no_bytes(provider, told):
    for _ in range(2):
        refuse(provider, 404, "ErrorItemNotFound")

    with pytest.raises(NotThere):
        read(told)


def test_half_a_character_and_nonsense_in_a_mail_make_no_trouble(provider, told):
    body = b'{"id": "m1", "createdDateTime": 5, "subject": "a\\ud800b", "from": [], "toRecipients": [null, {"a": 1}],'
    body += b'"isDraft": false, "receivedDateTime": "0001-01-01T00:00:00+14:00", "singleValueExtendedProperties": [7]}'
    provider.say(200, body)

    found = told.look(MIA, INBOX, "m1")

    assert found.facts["name"] == "ab"
    assert (found.facts["modified_at"], found.facts["from"], found.facts["to"]) == ("", "", [])
