"""A bucket at any server that speaks S3, as a store."""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from backups.vault.errors import NotInStore, StoreLocked, StoreProblem, StoreReadOnly, StoreSlow, StoreUnavailable
from backups.vault.stores import base, s3_versions
from backups.vault.stores.s3_body import Body, body_of
from backups.vault.stores.s3_requests import Identity, Requests
from backups.vault.stores.s3_versions import Version

log = logging.getLogger(__name__)
# Begins with a dot, so it is never an object's name.
_PROBE = ".conditions"
_KNOWN_VERSIONS = 50_000
_ALMOST_A_SECOND = timedelta(microseconds=999_999)
# The store's clock decides when a lock ends, and it may differ from ours.
_SKEW = timedelta(minutes=5)


class S3Store:
    """Objects below ``prefix`` in one bucket. Reads and lists through obstore, writes by requests of its own.

    In a bucket with versions the first version of a name counts and all later ones are ignored (see `s3_versions`).
    With ``lock_window`` every object in a folder named in ``locked_folders`` is locked in COMPLIANCE mode from the
    moment it exists: nobody, the bucket's owner included, can delete or shorten it. Nothing else is locked, so that
    keys can die. In a bucket without versions a server has to honour ``If-None-Match``; one that does not is refused.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        bucket: str,
        identity: Identity,
        prefix: str = "",
        lock_window: timedelta | None = None,
        locked_folders: frozenset[str] = frozenset({"packs", "commits"}),
        timeout: float = 30,
        limit: int = base.MAX_SIZE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Describe the bucket; nothing is asked before the first use. ``timeout`` is in seconds without a byte."""
        self.prefix = base.check_prefix(prefix)
        self.lock_window, self.locked_folders = lock_window, locked_folders
        self.limit, self.clock = limit, clock
        self._requests = Requests(endpoint=endpoint, bucket=bucket, identity=identity, timeout=timeout, clock=clock)
        self._reads = obstore.store.S3Store(
            bucket=bucket,
            endpoint=endpoint,
            region=identity.region,
            access_key_id=identity.access_key,
            secret_access_key=identity.secret_key,
            **({"session_token": identity.session_token} if identity.session_token else {}),
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=min(timeout, 5)),
                "read_timeout": timedelta(seconds=timeout),
                "timeout": timedelta(seconds=timeout * 20),
            },
            # `RetryingStore` is the one that asks again, and it knows what is safe to ask twice.
            retry_config={"max_retries": 0},
        )
        self._first: dict[str, str] = {}
        self._probing = threading.Lock()
        self._conditions_hold = False

    @cached_property
    def _has_versions(self) -> bool:
        found = s3_versions.has_versions(self._requests)
        if self.lock_window:
            s3_versions.require_own_locks(self._requests)
        return found

    def put_if_absent(self, name: str, data: base.Data) -> datetime | None:
        base.check_name(name)
        if not self._has_versions:
            self._require_conditions()
        elif s3_versions.first_version(s3_versions.versions_of(self._requests, self._key(name), name=name)):
            # The server may ignore our condition, and a second version under a lock would stay for its whole window.
            raise base.already_there(name)
        until = self._lock_for(name)
        with body_of(name, data, self.limit) as body:
            version = self._put(name, body, until)
        if self._has_versions and self._ask_first_version(name) != version:
            # Two at once: the other was first. Ours is never read and goes when the name is deleted.
            raise base.already_there(name)
        return until

    def get_range(self, name: str, offset: int, length: int) -> bytes:
        base.check_range(name, offset, length)
        if not length:
            return b""
        data = self._read(name, {"range": (offset, offset + length)})
        if len(data) != length:
            raise base.cut_short(name, wanted=length, got=len(data))
        return data

    def get(self, name: str) -> bytes:
        base.check_name(name)
        return self._read(name, {})

    def list(self, prefix: str = "") -> Iterator[base.Entry]:
        folder = self.prefix + base.check_prefix(prefix)
        return self._by_first_version(folder) if self._has_versions else self._plainly(folder)

    def delete(self, name: str) -> None:
        base.check_name(name)
        if not self._has_versions:
            self._requests.send("DELETE", self._key(name), name=name)
            return
        # Newest first, so that what counts goes last and nothing else ever takes its place.
        for version in s3_versions.versions_of(self._requests, self._key(name), name=name):
            self._delete_version(name, version)
        self._first.pop(name, None)

    def locked_until(self, name: str) -> datetime | None:
        """Return until when nobody can delete ``name``, None when anybody who may can; `NotInStore`."""
        base.check_name(name)
        return self._locked_until(name, self._ask_first_version(name))

    def extend_lock(self, name: str, until: datetime) -> None:
        """Lock ``name`` until then. A lock is only ever made longer: an earlier date raises `StoreLocked`."""
        current = self.locked_until(name)
        if current and until < current:
            raise StoreLocked(
                f"{name} is locked until {current:%Y-%m-%d %H:%M} UTC; a lock is never shortened.", name=name
            )
        content = (
            f"<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>{_date(until)}</RetainUntilDate></Retention>"
        ).encode()
        with body_of(name, content, self.limit) as body:
            self._requests.send(
                "PUT",
                self._key(name),
                {"retention": "", "versionId": self._ask_first_version(name)},
                name=name,
                headers=body.headers,
                content=body.content,
                content_sha256=body.sha256.hex(),
            )

    def _key(self, name: str) -> str:
        return self.prefix + name

    def _lock_for(self, name: str) -> datetime | None:
        if self.lock_window is None or self.locked_folders.isdisjoint(name.split("/")[:-1]):
            return None
        return _whole_seconds(self.clock() + self.lock_window)

    def _put(self, name: str, body: Body, until: datetime | None) -> str:
        headers = {**body.headers, "if-none-match": "*"}
        if until:
            headers["x-amz-object-lock-mode"] = "COMPLIANCE"
            headers["x-amz-object-lock-retain-until-date"] = _date(until)
        answer = self._requests.send(
            "PUT", self._key(name), name=name, headers=headers, content=body.content, content_sha256=body.sha256.hex()
        )
        if answer.status_code == 412:
            raise base.already_there(name)
        return answer.headers.get("x-amz-version-id", "")

    def _require_conditions(self) -> None:
        """Write one small object twice, once in the store's life: the second time has to be refused."""
        with self._probing:
            if self._conditions_hold:
                return
            for _ in range(2):
                with body_of(_PROBE, b"", self.limit) as body:
                    try:
                        self._put(_PROBE, body, None)
                    except base.AlreadyThere:
                        self._conditions_hold = True
                        return
        raise base.StoreMisconfigured(
            "This server ignores If-None-Match, so a second write would replace the first. Nothing was written; use a "
            "bucket with versions there, or another server."
        )

    def _read(self, name: str, options: dict) -> bytes:
        if not self._has_versions:
            return self._read_once(name, options)
        known = self._first.get(name)
        try:
            return self._read_once(name, {**options, "version": known or self._ask_first_version(name)})
        except NotInStore:
            if known is None:
                raise
            # Another process deleted what we knew, and perhaps wrote the name again.
            return self._read_once(name, {**options, "version": self._ask_first_version(name)})

    def _read_once(self, name: str, options: dict) -> bytes:
        with _speaking_of(name):
            answer = obstore.get(self._reads, self._key(name), options=options)
            start, end = answer.range
            data = bytes(answer.bytes())
        if len(data) != end - start:
            raise base.cut_short(name, wanted=end - start, got=len(data))
        return data

    def _ask_first_version(self, name: str) -> str:
        first = s3_versions.first_version(s3_versions.versions_of(self._requests, self._key(name), name=name))
        if first is None:
            raise base.not_in_store(name)
        if len(self._first) >= _KNOWN_VERSIONS:
            self._first.clear()
        self._first[name] = first.id
        return first.id

    def _plainly(self, folder: str) -> Iterator[base.Entry]:
        with _speaking_of(folder):
            for lines in obstore.list(self._reads, folder or None):
                for line in lines:
                    yield from self._entry(line["path"], line["size"], line["last_modified"])

    def _by_first_version(self, folder: str) -> Iterator[base.Entry]:
        for version in s3_versions.first_versions(self._requests, folder):
            yield from self._entry(version.key, version.size, version.modified_at)

    def _entry(self, key: str, size: int, modified_at: datetime) -> Iterator[base.Entry]:
        name = key.removeprefix(self.prefix)
        if not name.startswith(".") and "/." not in name:
            yield base.Entry(name, size, modified_at)

    def _delete_version(self, name: str, version: Version) -> None:
        try:
            self._requests.send("DELETE", self._key(name), {"versionId": version.id}, name=name)
        except StoreReadOnly:
            until = None if version.is_mark else self._locked_until(name, version.id)
            if until is None or until < self.clock() - _SKEW:
                raise
            log.warning("A deletion of %s was refused: it is locked until %s.", name, until)
            raise StoreLocked(
                f"{name} is locked until {until:%Y-%m-%d %H:%M} UTC and was not deleted. It stays readable.", name=name
            ) from None

    def _locked_until(self, name: str, version: str) -> datetime | None:
        answer = self._requests.send("HEAD", self._key(name), {"versionId": version}, name=name)
        date = answer.headers.get("x-amz-object-lock-retain-until-date")
        return datetime.fromisoformat(date) if date else None


def _date(moment: datetime) -> str:
    return _whole_seconds(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _whole_seconds(moment: datetime) -> datetime:
    # The protocol knows nothing finer; rounded up, a lock is never shorter than promised.
    return (moment + _ALMOST_A_SECOND).replace(microsecond=0)


@contextmanager
def _speaking_of(name: str) -> Iterator[None]:
    """Turn what obstore raises about ``name`` into the vault's words."""
    try:
        yield
    except FileNotFoundError:
        raise base.not_in_store(name) from None
    except (PermissionDeniedError, UnauthenticatedError) as problem:
        raise base.StoreRefused(
            f"{name} was not read: the store does not let us in. What is stored is safe; give us a valid right.",
            name=name,
        ) from problem
    except BaseError as problem:
        raise _in_our_words(name, str(problem)) from problem


def _in_our_words(name: str, said: str) -> StoreProblem:
    # obstore has one kind of error for all of this and says more only in words.
    found = re.search(r"status code: (\d{3})", said)
    status = int(found[1]) if found else 0
    if status == 416:
        return base.cut_short(name, wanted=1, got=0)
    if "kind: Timeout" in said or status in (408, 429, 503, 504):
        return StoreSlow(f"{name} was not read in time. Asking again later is safe.", name=name)
    return StoreUnavailable(f"{name} was not read: the store failed. Asking again later is safe.", name=name)
