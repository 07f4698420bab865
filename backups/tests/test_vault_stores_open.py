"""Acme's store by its address, and large objects through it in little memory."""

import subprocess
import sys
from datetime import timedelta

import pytest

from backups.vault.errors import StoreUnavailable
from backups.vault.stores.base import StoreMisconfigured
from backups.vault.stores.local import LocalStore
from backups.vault.stores.open import open_store
from backups.vault.stores.retrying import RetryingStore

pytest_plugins = ["backups.tests.store_places"]

PACK = "acme/packs/ab/abcd"
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "very-secret"}
WRONG = [
    ("ftp://bucket/x", "begins with"), ("/srv/vault", "begins with"), ("", "begins with"),
    ("file://srv/vault", "three slashes"), ("file:///", "three slashes"), ("file:///srv/v?create=maybe", "yes or no"),
    ("file:///srv/v?crate=yes", "does not know crate"), ("file:///srv/v?reserve_mb=-1", "reserve_mb is a whole number"),
    ("s3:///folder", "looks like s3://bucket"), ("s3://b/f?lock_days=soon", "lock_days is a whole number"),
    ("s3://b/f?timeout=0", "from 1 on"), ("s3://b/f?endpoint=s3.example.com", "endpoint"),
    ("s3://b/f?endpoint=http://s3.example.com", "https"), ("s3://b/f?endpoint=https://s3.example.com/x", "endpoint"),
]  # fmt: skip
STREAM = r"""
import re, sys
from pathlib import Path
from backups.vault.stores.base import in_pieces
from backups.vault.stores.open import open_store

piece = bytes(range(256)) * 4096
count, at_once = int(sys.argv[2]), int(sys.argv[3])
size = count * len(piece)
store = open_store(sys.argv[1])
store.put_if_absent("acme/big", iter([piece] * count))
assert all(part == piece * at_once for part in in_pieces(store, "acme/big", size, piece=at_once * len(piece)))
assert [(entry.name, entry.size) for entry in store.list()] == [("acme/big", size)]
# Not getrusage: its peak begins with that of the process we were forked from.
print(int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def test_a_folder_is_opened_by_its_address_and_made_only_on_request(tmp_path):
    address = f"file://{tmp_path}/some%20store"

    with pytest.raises(StoreUnavailable):
        open_store(address)
    open_store(f"{address}?create=yes&reserve_mb=0").put_if_absent(PACK, b"sealed")

    store = open_store(address)
    assert isinstance(store, LocalStore)
    assert store.get(PACK) == b"sealed"
    assert store.reserve == 2**30
    assert (tmp_path / "some store").is_dir()


def test_a_bucket_is_opened_by_its_address_with_retries(bucket):
    store = open_store(bucket.address(), environment=bucket.environment)

    store.put_if_absent(PACK, b"sealed")

    assert isinstance(store, RetryingStore)
    assert bucket.store(prefix="vault").get(PACK) == b"sealed"
    assert store.lock_window is None


def test_a_locking_bucket_is_opened_by_its_address(locked_bucket):
    store = open_store(locked_bucket.address(lock_days="30"), environment=locked_bucket.environment)

    until = store.put_if_absent(PACK, b"sealed")

    assert store.lock_window == timedelta(days=30)
    assert store.locked_until(PACK) == until
    store.extend_lock(PACK, until + timedelta(days=1))
    assert store.locked_until(PACK) == until + timedelta(days=1)


def test_credentials_may_stand_in_the_address(bucket):
    address = bucket.address().replace("s3://", "s3://acme%2Dkey:acme-secret@")

    open_store(address, environment={}).put_if_absent(PACK, b"sealed")

    assert bucket.store().get(PACK) == b"sealed"


@pytest.mark.parametrize(("address", "reason"), WRONG)
def test_an_address_that_makes_no_sense_says_why(address, reason):
    with pytest.raises(StoreMisconfigured, match=reason):
        open_store(address, environment=KEYS)


@pytest.mark.parametrize("missing", KEYS)
def test_missing_credentials_are_named_and_given_ones_are_not_shown(missing):
    with pytest.raises(StoreMisconfigured, match=missing) as refused:
        open_store("s3://bucket/vault", environment={**KEYS, missing: ""})

    assert "very-secret" not in str(refused.value)


def peak_memory(megabytes: int, at_once: int, address: str, **options) -> int:
    """Return the most memory, in MB, that a process needs to store and read back so much."""
    command = [sys.executable, "-c", STREAM, address, str(megabytes), str(at_once)]
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_three_hundred_megabytes_pass_through_little_memory(tmp_path, record_property):
    peak = peak_memory(300, 1, f"file://{tmp_path}/store?create=yes&reserve_mb=0")

    record_property("peak MB, folder", peak)
    assert peak < 120


@pytest.mark.parametrize("megabytes", [120, pytest.param(600, marks=pytest.mark.soak)])
def test_a_stream_reaches_a_bucket_through_little_memory(bucket, megabytes, record_property):
    peak = peak_memory(megabytes, 20, bucket.address(), env=bucket.environment)

    record_property("peak MB, bucket", peak)
    assert peak < 180
