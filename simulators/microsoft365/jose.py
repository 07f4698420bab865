"""Signed tokens (JWT): written here once more, on purpose, so that the product's library meets a stranger's."""

import base64
import binascii
import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class BadToken(Exception):
    """A token is malformed or its signature is wrong. The message says which."""


@dataclass(frozen=True)
class Token:
    """A token taken apart; its signature is not checked yet."""

    header: dict
    claims: dict
    signed: bytes
    signature: bytes

    def verify(self, key: rsa.RSAPublicKey) -> None:
        """Raise `BadToken` unless ``key`` signed this token, by RS256 or PS256."""
        schemes = {
            "RS256": padding.PKCS1v15(),
            "PS256": padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH),
        }
        scheme = schemes.get(self.header.get("alg"))
        if scheme is None:
            raise BadToken(f"The algorithm {self.header.get('alg')!r} is not accepted.")
        try:
            key.verify(self.signature, self.signed, scheme, hashes.SHA256())
        except InvalidSignature as problem:
            raise BadToken("The signature does not match.") from problem


def sign(claims: dict, *, key: rsa.RSAPrivateKey, key_id: str) -> str:
    """Return ``claims`` as a token signed by RS256."""
    header = {"typ": "JWT", "alg": "RS256", "kid": key_id, "x5t": key_id}
    signed = f"{_json_part(header)}.{_json_part(claims)}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{encode(signature)}"


def take_apart(text: str) -> Token:
    """Return the parts of a token. Raises `BadToken`."""
    parts = text.split(".")
    if len(parts) != 3:
        raise BadToken("A token has three parts.")
    try:
        header, claims = json.loads(decode(parts[0])), json.loads(decode(parts[1]))
        signature = decode(parts[2])
    except (ValueError, binascii.Error) as problem:
        raise BadToken("A part of the token cannot be decoded.") from problem
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise BadToken("Header and claims must be objects.")
    return Token(header, claims, f"{parts[0]}.{parts[1]}".encode(), signature)


def encode(data: bytes) -> str:
    """Return base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of base64 for addresses. Raises `ValueError` or `binascii.Error`."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _json_part(value: dict) -> str:
    return encode(json.dumps(value, separators=(",", ":")).encode())
