"""Small secrets, sealed at rest: second-factor seeds, mails that carry links, credentials.

What lives here: `seal` and `unseal`, with keys from SEALING_KEYS that never derive from SECRET_KEY; and `SOURCE`, the
ring of keys for credentials to clients' services, which the web process does not hold.
What lives elsewhere: backed-up content (`backups.vault`) and passwords (hashed by Django).
It is the lowest floor: it knows no app and everybody may use it.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class CannotUnseal(Exception):
    """The text was sealed with a key we do not hold, for another purpose, or was altered."""


# Names of the settings that hold the keys.
ORDINARY, SOURCE = "SEALING_KEYS", "SOURCE_KEYS"


def seal(text: str, *, purpose: str, ring: str = ORDINARY) -> str:
    """Return ``text`` encrypted and authenticated with the first key of the ring.

    ``purpose`` is bound in: what was sealed for one purpose cannot be opened for another. Raises `CannotUnseal`
    where this process does not hold the ring.
    """
    return _box(_keys_of(ring), purpose).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, *, purpose: str, ring: str = ORDINARY) -> str:
    """Return the text that `seal` was given, trying every key of the ring. Raises `CannotUnseal`."""
    try:
        return _box(_keys_of(ring), purpose).decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError) as problem:
        raise CannotUnseal(f"A secret for {purpose!r} does not open with any of {ring}.") from problem


def is_sealing_key(key: str) -> bool:
    """Return whether ``key`` is 32 random bytes in url-safe base64, as `new_key` makes it."""
    try:
        return len(base64.urlsafe_b64decode(key.encode("ascii"))) == 32
    except ValueError:
        return False


def new_key() -> str:
    """Return a fresh key for SEALING_KEYS."""
    return Fernet.generate_key().decode("ascii")


def _keys_of(ring: str) -> tuple[str, ...]:
    keys = tuple(getattr(settings, ring))
    if not keys:
        raise CannotUnseal(f"This process does not hold {ring}.")
    return keys


@lru_cache(maxsize=64)
def _box(keys: tuple[str, ...], purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(_key_for(key, purpose)) for key in keys])


def _key_for(key: str, purpose: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"portico sealing: " + purpose.encode())
    return base64.urlsafe_b64encode(derive.derive(base64.urlsafe_b64decode(key)))
