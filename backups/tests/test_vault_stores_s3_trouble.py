"""Every way in which an S3 server can fail Acme: each ends in an error that says what it was and what is safe."""

import threading

import pytest

from backups.tests.scripted_s3 import Reply, scripted_s3
from backups.vault.errors import AlreadyThere, NotInStore, StoreFull, StoreReadOnly, StoreSlow, StoreUnavailable
from backups.vault.stores.base import CutShort, StoreMisconfigured, StoreRefused
from backups.vault.stores.s3 import S3Store
from backups.vault.stores.s3_requests import Identity

PACK = "acme/packs/ab/abcd"


@pytest.fixture
def script():
    with scripted_s3() as script:
        yield script


@pytest.fixture
def scripted(script) -> S3Store:
    return S3Store(endpoint=script.endpoint, bucket="acme", identity=Identity("key", "secret"), timeout=1)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "AccessDenied", StoreReadOnly), (403, "SignatureDoesNotMatch", StoreRefused),
        (401, "Unauthorized", StoreRefused), (403, "QuotaExceeded", StoreFull), (507, "InsufficientStorage", StoreFull),
        (500, "InternalError", StoreUnavailable), (502, "", StoreUnavailable), (503, "SlowDown", StoreSlow),
        (429, "TooManyRequests", StoreSlow), (409, "ConditionalRequestConflict", StoreUnavailable),
        (404, "NoSuchBucket", StoreMisconfigured), (301, "PermanentRedirect", StoreMisconfigured),
        (400, "MalformedXML", StoreMisconfigured), (412, "PreconditionFailed", AlreadyThere),
    ],
)  # fmt: skip
def test_a_refused_write_says_why(script, scripted, status, code, error):
    script.replies = [Reply.error(status, code)]

    with pytest.raises(error) as refused:
        scripted.put_if_absent(PACK, b"sealed")

    assert type(refused.value) is error
    assert len(script.seen) == 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply.error(403, "AccessDenied"), StoreRefused), (Reply.error(404, "NoSuchKey"), NotInStore),
        (Reply.error(500, "InternalError"), StoreUnavailable), (Reply.error(503, "SlowDown"), StoreSlow),
        (Reply.error(416, "InvalidRange"), CutShort), (Reply(206, b"12345"), StoreUnavailable),
    ],
)  # fmt: skip
def test_a_failed_read_says_why(script, scripted, reply, error):
    script.replies = [reply]

    with pytest.raises(error) as refused:
        scripted.get_range(PACK, 0, 10)

    assert type(refused.value) is error
    assert refused.value.name == PACK


def test_half_a_body_is_never_handed_out(script, scripted):
    headers = {"ETag": '"1"', "Last-Modified": "Sun, 25 Oct 2026 11:00:00 GMT", "Content-Range": "bytes 0-9/10"}
    script.replies = [Reply(206, b"12345", headers, promised=10), Reply(200, b"12345", headers, promised=10)]

    with pytest.raises(StoreUnavailable):
        scripted.get_range(PACK, 0, 10)
    with pytest.raises(StoreUnavailable):
        scripted.get(PACK)


def test_a_short_part_is_not_taken_for_the_whole(script, scripted):
    headers = {"ETag": '"1"', "Last-Modified": "Sun, 25 Oct 2026 11:00:00 GMT", "Content-Range": "bytes 0-4/5"}
    script.replies = [Reply(206, b"12345", headers)]

    with pytest.raises(CutShort):
        scripted.get_range(PACK, 0, 10)


def test_a_server_that_does_not_answer_in_time_is_slow(script, scripted):
    over = threading.Event()
    script.replies = [Reply(after=over), Reply(after=over)]

    with pytest.raises(StoreSlow):
        scripted.put_if_absent(PACK, b"sealed")
    with pytest.raises(StoreSlow):
        scripted.get(PACK)
    over.set()


def test_a_server_that_is_not_there_is_unavailable():
    store = S3Store(endpoint="http://127.0.0.1:1", bucket="acme", identity=Identity("key", "secret"), timeout=2)

    for call in (lambda: store.put_if_absent(PACK, b"x"), lambda: store.get(PACK), lambda: list(store.list())):
        with pytest.raises(StoreUnavailable):
            call()


def test_an_answer_that_is_no_xml_is_unavailable(script):
    store = S3Store(endpoint=script.endpoint, bucket="acme", identity=Identity("key", "secret"), timeout=1)
    script.next_reply = lambda method, path: Reply(body=b"<html>captive portal")

    with pytest.raises(StoreUnavailable):
        store.put_if_absent(PACK, b"sealed")
