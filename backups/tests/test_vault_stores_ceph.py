"""R7: inside the lock window nobody, with the application's own credentials, hides, replaces or removes what Acme has.

On a real server, because only that enforces locks as they are written down: 500 attempts in every way the protocol has,
and none may change what the store serves, or end a lock before its time.
"""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from backups.tests.buckets import A_DAY, Bucket, make_bucket
from backups.vault.errors import AlreadyThere, StoreLocked, StoreProblem

pytest_plugins = ["backups.tests.store_places"]
pytestmark = pytest.mark.soak

ATTEMPTS = 500
NAMES = [f"acme/packs/{number:02x}/{number:04}" for number in range(10)] + ["acme/commits/0000000001.ab"]


@pytest.fixture
def bucket(ceph) -> Bucket:
    return make_bucket(ceph.endpoint, ceph.identity, ObjectLockEnabledForBucket=True)


class Intruder:
    """Holds the application's own credentials and talks to the server directly, past the store."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket, self.client = bucket, bucket.boto
        self.store = bucket.store(lock_window=A_DAY)

    def attempts(self) -> list:
        return [getattr(self, name) for name in sorted(dir(self)) if name.startswith("try_")]

    def place(self, name: str) -> dict:
        return {"Bucket": self.bucket.name, "Key": f"vault/{name}"}

    def version(self, name: str) -> str:
        found = self.client.list_object_versions(Bucket=self.bucket.name, Prefix=f"vault/{name}")["Versions"]
        return found[-1]["VersionId"]

    def try_delete_the_version(self, name: str) -> None:
        self.client.delete_object(**self.place(name), VersionId=self.version(name))

    def try_delete_the_version_past_governance(self, name: str) -> None:
        self.client.delete_object(**self.place(name), VersionId=self.version(name), BypassGovernanceRetention=True)

    def try_delete_with_a_mark(self, name: str) -> None:
        self.client.delete_object(**self.place(name))

    def try_delete_many(self, name: str) -> None:
        doomed = {"Objects": [{"Key": f"vault/{name}", "VersionId": self.version(name)}]}
        self.client.delete_objects(Bucket=self.bucket.name, Delete=doomed)

    def try_overwrite(self, name: str) -> None:
        self.client.put_object(**self.place(name), Body=b"forged")

    def try_truncate(self, name: str) -> None:
        self.client.put_object(**self.place(name), Body=b"")

    def try_overwrite_in_parts(self, name: str) -> None:
        upload = self.client.create_multipart_upload(**self.place(name))["UploadId"]
        part = self.client.upload_part(**self.place(name), UploadId=upload, PartNumber=1, Body=b"forged")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        self.client.complete_multipart_upload(**self.place(name), UploadId=upload, MultipartUpload=parts)

    def try_rename(self, name: str) -> None:
        source = {**self.place(name), "VersionId": self.version(name)}
        self.client.copy_object(Bucket=self.bucket.name, Key="moved", CopySource=source)
        self.client.delete_object(**self.place(name), VersionId=self.version(name))

    def try_copy_something_over_it(self, name: str) -> None:
        self.client.put_object(Bucket=self.bucket.name, Key="other", Body=b"other")
        self.client.copy_object(**self.place(name), CopySource={"Bucket": self.bucket.name, "Key": "other"})

    def try_shorten(self, name: str) -> None:
        self._retain(name, "COMPLIANCE", datetime.now(UTC) + timedelta(seconds=5))

    def try_weaken(self, name: str) -> None:
        self._retain(name, "GOVERNANCE", datetime.now(UTC) + 2 * A_DAY, BypassGovernanceRetention=True)

    def try_suspend_versions(self, name: str) -> None:
        self.client.put_bucket_versioning(Bucket=self.bucket.name, VersioningConfiguration={"Status": "Suspended"})

    def try_delete_the_bucket(self, name: str) -> None:
        self.client.delete_bucket(Bucket=self.bucket.name)

    def try_the_stores_own_deletion(self, name: str) -> None:
        self.store.delete(name)

    def try_the_stores_own_writing(self, name: str) -> None:
        self.store.put_if_absent(name, b"forged")

    def try_the_stores_own_shortening(self, name: str) -> None:
        self.store.extend_lock(name, datetime.now(UTC) + timedelta(hours=1))

    def _retain(self, name: str, mode: str, until: datetime, **options) -> None:
        self.client.put_object_retention(
            **self.place(name),
            VersionId=self.version(name),
            Retention={"Mode": mode, "RetainUntilDate": until},
            **options,
        )


def test_nobody_changes_what_is_locked(bucket, record_property, caplog):
    store = bucket.store(lock_window=A_DAY)
    contents = {name: random.Random(name).randbytes(3000) for name in NAMES}
    locks = {name: store.put_if_absent(name, content) for name, content in contents.items()}
    intruder, rng, refused = Intruder(bucket), random.Random(7), Counter()
    ways = intruder.attempts()

    for number in range(ATTEMPTS):
        attempt, name = ways[number % len(ways)], rng.choice(NAMES)
        try:
            attempt(name)
        except (ClientError, StoreProblem):
            refused[attempt.__name__] += 1
        fresh = bucket.store(lock_window=A_DAY)
        assert fresh.get(name) == contents[name], attempt.__name__
        assert fresh.get_range(name, 100, 50) == contents[name][100:150], attempt.__name__
        assert fresh.locked_until(name) == locks[name], attempt.__name__

    listed = {entry.name: entry.size for entry in bucket.store(lock_window=A_DAY).list("acme")}
    assert listed == dict.fromkeys(NAMES, 3000)
    assert {name: store.get(name) for name in NAMES} == contents
    # Each refused deletion of the store's own is an alarm in the log.
    assert (
        caplog.text.count("was refused: it is locked")
        == refused["try_the_stores_own_deletion"]
        >= ATTEMPTS // len(ways)
    )
    record_property("attempts", ATTEMPTS)
    record_property("ways", len(ways))
    record_property("refused by the server or the store", sum(refused.values()))
    record_property("succeeded", 0)


def test_a_lock_begins_with_the_object_and_can_be_made_longer(bucket):
    now = datetime.now(UTC).replace(microsecond=0)
    store = bucket.store(lock_window=A_DAY, clock=lambda: now)

    assert store.put_if_absent(NAMES[0], b"sealed") == now + A_DAY == store.locked_until(NAMES[0])
    store.extend_lock(NAMES[0], now + 3 * A_DAY)
    assert store.locked_until(NAMES[0]) == now + 3 * A_DAY
    with pytest.raises(StoreLocked):
        store.delete(NAMES[0])
    with pytest.raises(AlreadyThere):
        store.put_if_absent(NAMES[0], b"other")


def test_a_key_is_never_locked_and_leaves_no_version_behind(bucket):
    store = bucket.store(lock_window=A_DAY)
    store.put_if_absent("acme/keys/0001/ff", b"wrapped")

    store.delete("acme/keys/0001/ff")

    kept = bucket.boto.list_object_versions(Bucket=bucket.name)
    assert kept.get("Versions", []) == kept.get("DeleteMarkers", []) == []


def test_when_the_window_is_over_the_object_can_be_deleted(bucket):
    store = bucket.store(lock_window=timedelta(seconds=3))
    store.put_if_absent("acme/keys/0001/ff", b"the first write of all is slow")
    store.put_if_absent(NAMES[0], b"sealed")

    def is_gone() -> bool:
        try:
            store.delete(NAMES[0])
        except StoreLocked:
            return False
        return True

    tries = 0
    while not is_gone():
        tries += 1

    assert tries > 0
    assert [entry.name for entry in store.list()] == ["acme/keys/0001/ff"]
