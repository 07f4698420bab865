"""Places where a store can be, for the contract suite: each gives as many handles on one store as a test asks for."""

import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from backups.tests.buckets import A_DAY, Bucket, make_bucket
from backups.tests.ceph import Ceph, one_node_ceph
from backups.vault.errors import StoreUnavailable
from backups.vault.stores.base import Store
from backups.vault.stores.faulty import METHODS, FaultyStore
from backups.vault.stores.local import LocalStore
from backups.vault.stores.power_loss import SimulatedFiles
from backups.vault.stores.retrying import RetryingStore
from backups.vault.stores.s3_requests import Identity


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a server that speaks S3 and keeps everything in memory."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def ceph() -> Iterator[Ceph]:
    """A real object store on this machine; skipped where its programs are not installed."""
    with tempfile.TemporaryDirectory(prefix="portico-ceph-") as folder, one_node_ceph(Path(folder)) as running:
        yield running


@pytest.fixture
def bucket(s3_server) -> Bucket:
    return make_bucket(s3_server, Identity("acme-key", "acme-secret"))


@pytest.fixture
def locked_bucket(s3_server) -> Bucket:
    """A bucket with versions and object lock, and no rule of its own."""
    return make_bucket(s3_server, Identity("acme-key", "acme-secret"), ObjectLockEnabledForBucket=True)


def _folder(request) -> Callable[..., Store]:
    root = request.getfixturevalue("tmp_path") / "store"
    LocalStore(root, create=True, reserve=0)
    return lambda **options: LocalStore(root, reserve=0, **options)


def _simulated(request) -> Callable[..., Store]:
    disk = SimulatedFiles(clock=lambda: 1_790_000_000.0)
    LocalStore(files=disk, create=True)
    return lambda **options: LocalStore(files=disk, **options)


def _faulty(request) -> Callable[..., Store]:
    """Every odd call of every method fails, every fourth after it was done."""
    inner = _folder(request)

    def open_faulty(**options) -> Store:
        store = FaultyStore(inner(**options), sleep=_never)
        for method in METHODS:
            for call in range(1, 400, 2):
                error = StoreUnavailable("The store does not answer.")
                store.fail(method, error, at=call, after_doing_it=call % 4 == 3)
        return RetryingStore(store, attempts=40, first_pause=0, sleep=lambda seconds: None)

    return open_faulty


def _never(seconds: float) -> None:
    raise AssertionError("Nothing slow was ordered.")


def _plain_bucket(request) -> Callable[..., Store]:
    return request.getfixturevalue("bucket").store


def _locking_bucket(request) -> Callable[..., Store]:
    bucket = request.getfixturevalue("locked_bucket")
    return lambda **options: bucket.store(lock_window=A_DAY, **options)


def _ceph_bucket(request) -> Callable[..., Store]:
    ceph = request.getfixturevalue("ceph")
    return make_bucket(ceph.endpoint, ceph.identity).store


def _ceph_locking_bucket(request) -> Callable[..., Store]:
    ceph = request.getfixturevalue("ceph")
    bucket = make_bucket(ceph.endpoint, ceph.identity, ObjectLockEnabledForBucket=True)
    return lambda **options: bucket.store(lock_window=A_DAY, **options)


_PLACES = {
    "folder": _folder,
    "simulated disk": _simulated,
    "retrying over faulty": _faulty,
    "bucket": _plain_bucket,
    "locking bucket": _locking_bucket,
    "ceph": _ceph_bucket,
    "ceph locking": _ceph_locking_bucket,
}


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.soak if name.startswith("ceph") else ()) for name in _PLACES]
)
def open_place(request) -> Callable[..., Store]:
    """Open another handle on this test's own, at first empty, store; options go to its class."""
    return _PLACES[request.param](request)


@pytest.fixture
def store(open_place) -> Store:
    return open_place()
