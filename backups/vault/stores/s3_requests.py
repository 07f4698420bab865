"""Requests to S3 that are signed by hand: writing under a condition and a lock, versions, deleting.

obstore reads and lists fast, but cannot say until when a new object is locked, nor name a version to delete. These few
requests are plain HTTP with Amazon's Signature Version 4 (Amazon S3 API Reference, "Authenticating Requests:
Using the Authorization Header").
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import httpx

from backups.vault.errors import StoreFull, StoreProblem, StoreReadOnly, StoreSlow, StoreUnavailable
from backups.vault.stores.base import StoreMisconfigured, StoreRefused, not_in_store

NOTHING = hashlib.sha256(b"").hexdigest()
_SLOW = {"SlowDown", "RequestTimeout", "ServiceUnavailable"}
_FULL = {"QuotaExceeded", "InsufficientStorage", "InsufficientCapacity"}
_UNKNOWN_TO_IT = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "RequestTimeTooSkewed"}


@dataclass(frozen=True)
class Identity:
    """Whom the store knows us as. The secrets are never shown."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    region: str = "us-east-1"


def signed_headers(
    identity: Identity, method: str, url: str, headers: Mapping[str, str], *, content_sha256: str, at: datetime
) -> dict[str, str]:
    """Return ``headers`` and those that prove at ``at`` that the request is ours; header names are in lower case."""
    parts = urlsplit(url)
    moment = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    signed = {**headers, "host": parts.netloc, "x-amz-content-sha256": content_sha256, "x-amz-date": moment}
    if identity.session_token:
        signed["x-amz-security-token"] = identity.session_token
    names = ";".join(sorted(signed))
    lines = [f"{name}:{' '.join(signed[name].split())}" for name in sorted(signed)]
    request = "\n".join([method, parts.path or "/", parts.query, *lines, "", names, content_sha256])
    scope = f"{moment[:8]}/{identity.region}/s3/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{identity.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    proof = f"Credential={identity.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**signed, "authorization": f"AWS4-HMAC-SHA256 {proof}"}


class Requests:
    """Signed requests to one bucket, from any number of threads; failures are the vault's errors."""

    def __init__(
        self, *, endpoint: str, bucket: str, identity: Identity, timeout: float, clock: Callable[[], datetime]
    ) -> None:
        self.bucket_url = f"{endpoint}/{bucket}"
        self.identity, self.clock = identity, clock
        # Nothing of the environment (proxies, .netrc) gets between us and the store, and no answer leads elsewhere.
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=16)
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout, connect=min(timeout, 5)),
            limits=limits,
            trust_env=False,
            follow_redirects=False,
        )

    def send(
        self,
        method: str,
        key: str = "",
        query: Mapping[str, str] | None = None,
        *,
        name: str = "",
        headers: Mapping[str, str] | None = None,
        content: bytes | memoryview | Iterable[bytes] = b"",
        content_sha256: str = NOTHING,
    ) -> httpx.Response:
        """Return the answer when it is a success; ``name`` is the object as our caller knows it.

        Status 412 (the condition did not hold) comes back too: what it means is the caller's to say.
        """
        pairs = [f"{quote(word, safe='')}={quote(value, safe='')}" for word, value in sorted((query or {}).items())]
        url = f"{self.bucket_url}/{quote(key)}" if key else self.bucket_url
        url += "?" + "&".join(pairs) if pairs else ""
        proven = signed_headers(
            self.identity, method, url, headers or {}, content_sha256=content_sha256, at=self.clock()
        )
        body = bytes(content) if isinstance(content, memoryview) else content
        try:
            answer = self._client.request(method, url, headers=proven, content=body)
        except httpx.TimeoutException as problem:
            text = f"{name or self.bucket_url}: the store did not answer in time. Asking again later is safe."
            raise StoreSlow(text, name=name) from problem
        except httpx.TransportError as problem:
            raise StoreUnavailable(
                f"{name or self.bucket_url}: the store cannot be reached ({problem}). Asking again later is safe.",
                name=name,
            ) from problem
        if answer.is_success or answer.status_code == 412:
            return answer
        raise problem_of(answer, name)

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()


def problem_of(answer: httpx.Response, name: str) -> StoreProblem:
    """Return what an answer that is no success means."""
    found = re.search(rb"<Code>(\w{1,80})</Code>", answer.content)
    code = found[1].decode() if found else f"HTTP {answer.status_code}"
    if code in _FULL or answer.status_code == 507:
        text = f"{name} was not written: the store is full ({code}). Everything stored before is safe; make room."
        return StoreFull(text, name=name)
    return _refusal(code, answer.status_code, name) or _trouble(code, answer.status_code, name)


def _refusal(code: str, status: int, name: str) -> StoreProblem | None:
    if code == "NoSuchBucket":
        return StoreMisconfigured("The bucket does not exist. Nothing was written; make it, or correct the address.")
    if status == 404:
        return not_in_store(name)
    if status == 401 or code in _UNKNOWN_TO_IT:
        text = f"The store does not accept our credentials ({code}). What is stored is safe; give us valid ones."
        return StoreRefused(text, name=name)
    if status == 403:
        text = f"{name or 'The bucket'}: the store refuses this ({code}). What is stored is safe; give the right back."
        return StoreReadOnly(text, name=name)
    return None


def _trouble(code: str, status: int, name: str) -> StoreProblem:
    if code in _SLOW or status in (408, 429, 503, 504):
        return StoreSlow(f"{name}: the store asks for a pause ({code}). Asking again later is safe.", name=name)
    # 409: another write of the same name is under way; who won shows when we ask again.
    if status == 409 or status >= 500:
        return StoreUnavailable(f"{name}: the store failed ({code}). Asking again later is safe.", name=name)
    text = f"{name}: the store does not understand us ({code}). Nothing was written; is it S3, and the address right?"
    return StoreMisconfigured(text, name=name)
