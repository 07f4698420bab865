"""Acme's objects in S3: signatures, locks, versions, and servers that ignore conditions."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from backups.tests.buckets import A_DAY, make_bucket
from backups.vault.errors import (
    AlreadyThere,
    NotInStore,
    StoreLocked,
)
from backups.vault.stores.base import StoreMisconfigured
from backups.vault.stores.s3_requests import NOTHING, Identity, signed_headers

pytest_plugins = ["backups.tests.store_places"]

PACK, SLIP = "acme/packs/ab/abcd", "acme/keys/0001/ff"
AMAZONS_EXAMPLE = Identity("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
A_SPLIT_SECOND = timedelta(microseconds=1)
MAY_24 = datetime(2013, 5, 24, tzinfo=UTC)


@pytest.fixture
def forgetful_server():
    """A server that takes writes but ignores their conditions, as some do."""
    inner = DomainDispatcherApplication(create_backend_app)

    def application(environment, start_response):
        environment.pop("HTTP_IF_NONE_MATCH", None)
        return inner(environment, start_response)

    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def test_a_signature_is_the_one_in_amazons_documentation():
    headers = {"range": "bytes=0-9"}

    signed = signed_headers(
        AMAZONS_EXAMPLE,
        "GET",
        "https://examplebucket.s3.amazonaws.com/test.txt",
        headers,
        content_sha256=NOTHING,
        at=MAY_24,
    )

    assert signed["authorization"].endswith("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")


@pytest.mark.parametrize("token", ["", "a/session+token=="])
@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("PUT", "http://127.0.0.1:9000/acme/vault/acme/packs/ab/a_b-c.d"),
        ("DELETE", "https://s3.example.com/acme/x?versionId=a%2Bb%2F%3D~"),
        ("GET", "https://s3.example.com/acme?prefix=vault%2Facme&versions="),
    ],
)
def test_a_signature_is_the_one_amazons_own_library_makes(monkeypatch, method, url, token):
    identity = Identity("key", "secret", token, "eu-central-1")
    digest = hashlib.sha256(b"body").hexdigest()
    ours = signed_headers(identity, method, url, {"if-none-match": "*"}, content_sha256=digest, at=MAY_24)
    request = AWSRequest(method, url, headers={"if-none-match": "*", "X-Amz-Content-SHA256": digest}, data=b"body")
    # The library asks the clock; its request is signed for our moment instead.
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: MAY_24.replace(tzinfo=None), raising=True)

    S3SigV4Auth(Credentials("key", "secret", token or None), "s3", "eu-central-1").add_auth(request)

    assert ours["authorization"] == request.headers["Authorization"]


def test_the_secret_is_never_shown():
    assert "secret" not in repr(Identity("key", "secret", "session-secret"))


def test_a_pack_is_locked_from_the_first_moment_and_a_key_is_not(locked_bucket):
    now = datetime.now(UTC).replace(microsecond=0)
    store = locked_bucket.store(lock_window=A_DAY, clock=lambda: now)

    until = store.put_if_absent(PACK, b"sealed")

    assert until == now + A_DAY
    assert locked_bucket.store(lock_window=A_DAY, clock=lambda: now + A_SPLIT_SECOND).put_if_absent(
        f"{PACK}e", b""
    ) == (now + A_DAY + timedelta(seconds=1))
    assert store.locked_until(PACK) == until
    assert store.put_if_absent(SLIP, b"wrapped") is None
    assert store.locked_until(SLIP) is None


def test_a_locked_pack_cannot_be_deleted_and_stays_readable(locked_bucket, caplog):
    store = locked_bucket.store(lock_window=A_DAY)
    store.put_if_absent(PACK, b"sealed")

    with pytest.raises(StoreLocked, match="stays readable"):
        store.delete(PACK)

    assert store.get(PACK) == b"sealed"
    assert PACK in caplog.text


def test_a_key_that_is_deleted_is_gone_in_every_version(locked_bucket):
    store = locked_bucket.store(lock_window=A_DAY)
    store.put_if_absent(SLIP, b"wrapped")

    store.delete(SLIP)

    kept = locked_bucket.boto.list_object_versions(Bucket=locked_bucket.name)
    assert kept.get("Versions", []) == kept.get("DeleteMarkers", []) == []


def test_a_lock_is_made_longer_and_never_shorter(locked_bucket):
    now = datetime.now(UTC).replace(microsecond=0)
    store = locked_bucket.store(lock_window=A_DAY, clock=lambda: now)
    store.put_if_absent(PACK, b"sealed")

    store.extend_lock(PACK, now + 9 * A_DAY - A_SPLIT_SECOND)
    with pytest.raises(StoreLocked):
        store.extend_lock(PACK, now + 2 * A_DAY)

    assert store.locked_until(PACK) == now + 9 * A_DAY
    with pytest.raises(NotInStore):
        store.extend_lock("acme/packs/00/00", now + A_DAY)


def test_who_holds_our_credentials_can_hide_or_replace_nothing(locked_bucket):
    store = locked_bucket.store(lock_window=A_DAY)
    store.put_if_absent(PACK, b"sealed")
    stranger, place = locked_bucket.boto, {"Bucket": locked_bucket.name, "Key": f"vault/{PACK}"}

    stranger.put_object(**place, Body=b"forged")
    stranger.delete_object(**place)

    for handle in (store, locked_bucket.store(lock_window=A_DAY)):
        assert handle.get(PACK) == handle.get_range(PACK, 0, 6) == b"sealed"
        assert [(entry.name, entry.size) for entry in handle.list()] == [(PACK, 6)]
        with pytest.raises(AlreadyThere):
            handle.put_if_absent(PACK, b"again")


@pytest.mark.soak
def test_more_versions_than_one_page_holds_do_not_hide_the_first(locked_bucket):
    store = locked_bucket.store()
    store.put_if_absent(PACK, b"sealed")
    store.put_if_absent("acme/packs/ab/abcde", b"next")
    stranger, place = locked_bucket.boto, {"Bucket": locked_bucket.name, "Key": f"vault/{PACK}"}
    for number in range(1005):
        stranger.put_object(**place, Body=b"%d" % number)

    fresh = locked_bucket.store()

    assert fresh.get(PACK) == b"sealed"
    assert [entry.name for entry in fresh.list("acme")] == [PACK, "acme/packs/ab/abcde"]


def test_a_bucket_that_locks_everything_by_itself_is_refused(locked_bucket):
    locked_bucket.boto.put_object_lock_configuration(
        Bucket=locked_bucket.name,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}},
        },
    )  # fmt: skip

    with pytest.raises(StoreMisconfigured, match="keys could not be destroyed"):
        locked_bucket.store(lock_window=A_DAY).put_if_absent(PACK, b"sealed")


def test_locks_are_refused_where_the_bucket_has_none(bucket):
    with pytest.raises(StoreMisconfigured, match="without object lock"):
        bucket.store(lock_window=A_DAY).put_if_absent(PACK, b"sealed")

    assert list(bucket.store().list()) == []


def test_suspended_versions_are_refused(bucket):
    for status in ("Enabled", "Suspended"):
        bucket.boto.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": status})

    with pytest.raises(StoreMisconfigured, match="suspended"):
        bucket.store().put_if_absent(PACK, b"sealed")


def test_a_server_that_ignores_conditions_is_refused_before_anything_is_written(forgetful_server):
    bucket = make_bucket(forgetful_server, Identity("acme-key", "acme-secret"))

    for _ in range(2):
        with pytest.raises(StoreMisconfigured, match="ignores If-None-Match"):
            bucket.store().put_if_absent(PACK, b"sealed")

    assert list(bucket.store().list()) == []


def test_with_versions_the_first_writer_wins_even_where_conditions_are_ignored(forgetful_server):
    bucket = make_bucket(forgetful_server, Identity("acme-key", "acme-secret"), ObjectLockEnabledForBucket=True)
    first, second = bucket.store(), bucket.store()
    first.put_if_absent(PACK, b"first")

    with pytest.raises(AlreadyThere):
        second.put_if_absent(PACK, b"second")

    assert second.get(PACK) == b"first"
    assert len(bucket.boto.list_object_versions(Bucket=bucket.name)["Versions"]) == 1


def test_with_versions_one_of_eight_at_once_wins_even_where_conditions_are_ignored(forgetful_server):
    bucket = make_bucket(forgetful_server, Identity("acme-key", "acme-secret"), ObjectLockEnabledForBucket=True)
    stores, start = [bucket.store() for _ in range(8)], threading.Barrier(8)

    def held_up(number: int):
        yield bytes([number])
        # Everybody has looked by now and found nothing.
        start.wait(30)

    def write(number: int) -> bytes | None:
        try:
            stores[number].put_if_absent(PACK, held_up(number))
        except AlreadyThere:
            return None
        return bytes([number])

    with ThreadPoolExecutor(8) as threads:
        winners = [content for content in threads.map(write, range(8)) if content]

    assert len(winners) == 1
    assert {store.get(PACK) for store in stores} == set(winners)


def test_two_stores_in_one_bucket_do_not_see_each_other(bucket):
    bucket.store(prefix="one").put_if_absent(PACK, b"1")

    assert list(bucket.store(prefix="on").list()) == []
    assert list(bucket.store(prefix="two").list()) == []
    with pytest.raises(NotInStore):
        bucket.store(prefix="").get(PACK)
    assert [entry.name for entry in bucket.store(prefix="").list()] == [f"one/{PACK}"]
