"""A store by its address, as the settings name it.

    file:///srv/vault?create=yes&reserve_mb=1024
    s3://bucket/some/folder?endpoint=https://s3.example.com&region=eu-central-1&lock_days=30&timeout=30

The credentials for S3 come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or stand, escaped, in
the address before the bucket: s3://KEY:SECRET@bucket. The environment is the better place: addresses get printed.
"""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from backups.vault.stores.base import Store, StoreMisconfigured
from backups.vault.stores.local import RESERVE, LocalStore
from backups.vault.stores.retrying import RetryingStore
from backups.vault.stores.s3 import S3Store
from backups.vault.stores.s3_requests import Identity

_FILE_WORDS = {"create", "reserve_mb"}
_S3_WORDS = {"endpoint", "region", "lock_days", "timeout"}


def open_store(address: str, *, environment: Mapping[str, str] = os.environ) -> Store:
    """Return the store at ``address``, the one over a network with retries. Asks S3 nothing before the first use.

    Raises `StoreMisconfigured` for an address that makes no sense and `StoreUnavailable` when a folder is no store.
    """
    parts = urlsplit(address)
    if parts.scheme == "file":
        return _open_folder(parts, _options(parts, _FILE_WORDS))
    if parts.scheme == "s3":
        return RetryingStore(_open_bucket(parts, _options(parts, _S3_WORDS), environment))
    raise StoreMisconfigured(f"A store's address begins with file:/// or s3://, not with {parts.scheme!r}.")


def _open_folder(parts: SplitResult, options: dict[str, str]) -> Store:
    path = Path(unquote(parts.path))
    if parts.netloc or not path.is_absolute() or path == Path("/"):
        raise StoreMisconfigured("A folder's address has three slashes and a whole path: file:///srv/vault.")
    create = options.get("create", "no")
    if create not in ("yes", "no"):
        raise StoreMisconfigured("In a store's address, create is yes or no.")
    reserve = _number(options, "reserve_mb", RESERVE // 2**20, at_least=0)
    return LocalStore(path, create=create == "yes", reserve=reserve * 2**20)


def _open_bucket(parts: SplitResult, options: dict[str, str], environment: Mapping[str, str]) -> S3Store:
    bucket = parts.netloc.rpartition("@")[2]
    if not bucket:
        raise StoreMisconfigured("The address of a bucket looks like s3://bucket/folder.")
    region = options.get("region") or environment.get("AWS_REGION") or "us-east-1"
    lock_days = _number(options, "lock_days", 0, at_least=0)
    return S3Store(
        endpoint=_endpoint(options.get("endpoint") or f"https://s3.{region}.amazonaws.com"),
        bucket=bucket,
        prefix=unquote(parts.path).strip("/"),
        identity=_identity(parts, region, environment),
        lock_window=timedelta(days=lock_days) if lock_days else None,
        timeout=_number(options, "timeout", 30, at_least=1),
    )


def _identity(parts: SplitResult, region: str, environment: Mapping[str, str]) -> Identity:
    if parts.username and parts.password:
        return Identity(unquote(parts.username), unquote(parts.password), region=region)
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise StoreMisconfigured(f"The store needs credentials: set {' and '.join(missing)}.")
    access_key, secret_key = (environment[name] for name in names)
    return Identity(access_key, secret_key, environment.get("AWS_SESSION_TOKEN", ""), region)


def _endpoint(text: str) -> str:
    address = urlsplit(text.rstrip("/"))
    if address.scheme not in ("http", "https") or not address.hostname or address.path or address.query:
        raise StoreMisconfigured("The endpoint of a store looks like https://s3.example.com.")
    if address.scheme == "http" and address.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise StoreMisconfigured("The endpoint of a store begins with https:// unless it is on this machine.")
    return text.rstrip("/")


def _options(parts: SplitResult, known: set[str]) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(options.keys() - known):
        raise StoreMisconfigured(
            f"A store's address of {parts.scheme}:// does not know {', '.join(unknown)}; it knows "
            f"{', '.join(sorted(known))}."
        )
    return options


def _number(options: dict[str, str], name: str, default: int, *, at_least: int) -> int:
    text = options.get(name, str(default))
    if not text.isdecimal() or int(text) < at_least:
        raise StoreMisconfigured(f"In a store's address, {name} is a whole number from {at_least} on, not {text!r}.")
    return int(text)
