"""The simulator's own key and secret: made once, kept in its database, so that tokens survive a restart."""

import hashlib
import secrets
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulators.microsoft365 import jose
from simulators.microsoft365.models import Keepsake


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """Return the key that signs access and id tokens."""
    pem = Keepsake.remembered("signing_key", _new_key)
    return serialization.load_pem_private_key(pem.encode(), None)


@cache
def signing_key_id() -> str:
    """Return the name of the signing key, a thumbprint."""
    der = (
        signing_key()
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return jose.encode(hashlib.sha256(der).digest()[:20])


@cache
def link_secret() -> bytes:
    """Return the secret that signs delta links and the sign-in cookie."""
    return bytes.fromhex(Keepsake.remembered("link_secret", lambda: secrets.token_hex(32)))


def published_keys() -> dict:
    """Return the public half of the signing key as a JSON Web Key Set."""
    numbers = signing_key().public_key().public_numbers()
    key = {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": signing_key_id(),
        "x5t": signing_key_id(),
        "n": jose.encode(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)),
        "e": jose.encode(numbers.e.to_bytes(3)),
    }
    return {"keys": [key]}


def _new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()
