"""The key above all keys: it wraps the master keys of organizations and nothing else.

`RootKeys` is the interface a key service has to fill; `HeldRootKeys` is the one for keys in a file or the environment.
Without the root key nothing in the store can be read by anybody; keep a copy in another place.
"""

import base64
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from backups.vault import sealing
from backups.vault.errors import KeyMissing, KeyProblem, WrongKey

NAME_BYTES = 8


class RootKeys(Protocol):
    """Wraps and unwraps some hundred bytes; a key service does it without ever showing the key."""

    @property
    def name(self) -> bytes:
        """Return the 8 byte name of the key that wraps from now on."""

    def wrap(self, plain: bytes, bound_to: bytes) -> bytes:
        """Return ``plain`` wrapped with the key called ``name``."""

    def unwrap(self, name: bytes, wrapped: bytes, bound_to: bytes) -> bytes:
        """Return what `wrap` was given. Raises `KeyMissing` for an unknown name and `WrongKey` if it does not open."""


class HeldRootKeys:
    """Root keys held by this process: the first one wraps, the others still unwrap, which is how one is replaced."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != sealing.KEY_BYTES for key in keys):
            raise KeyProblem("A root key must be 32 bytes. Nothing was opened; check where the key comes from.")
        self._keys = {name_of(key): key for key in keys}
        self.name = name_of(keys[0])

    def wrap(self, plain: bytes, bound_to: bytes) -> bytes:
        return sealing.seal(self._keys[self.name], plain, bound_to)

    def unwrap(self, name: bytes, wrapped: bytes, bound_to: bytes) -> bytes:
        key = self._keys.get(name)
        if key is None:
            raise KeyMissing(
                f"The root key {name.hex()} is not held here. Nothing is lost; add that key and try again.",
                key=name.hex(),
            )
        plain = sealing.unseal(key, wrapped, bound_to)
        if plain is None:
            raise WrongKey(
                f"The root key {name.hex()} does not open this master key: the record was altered or belongs to"
                " another organization. Nothing was changed; take the record from the store or a copy of the database.",
                key=name.hex(),
            )
        return plain


def name_of(key: bytes) -> bytes:
    """Return the public name of a root key; it tells nothing about the key."""
    return hashlib.sha256(b"portico vault root key name " + key).digest()[:NAME_BYTES]


def new_root_key() -> str:
    """Return a fresh root key as text for a file or the environment."""
    return base64.urlsafe_b64encode(sealing.new_key()).decode("ascii")


def root_keys_from_text(text: str, *, source: str) -> HeldRootKeys:
    """Return the keys in ``text``, one a line or separated by commas, the one that wraps first; # begins a remark.

    Raises `KeyProblem` naming ``source``, never the text.
    """
    lines = [line.partition("#")[0] for line in text.splitlines()]
    words = [word.strip() for line in lines for word in line.split(",") if word.strip()]
    try:
        return HeldRootKeys([base64.b64decode(word, altchars=b"-_", validate=True) for word in words])
    except (ValueError, KeyProblem) as problem:
        raise KeyProblem(
            f"{source} must hold root keys of 32 bytes in url-safe base64. Nothing was opened; nothing is lost."
        ) from problem


def root_keys_from_file(path: Path) -> HeldRootKeys:
    """Return the keys in a file. Raises `KeyMissing` where it cannot be read."""
    try:
        text = path.read_text("ascii")
    except (OSError, UnicodeError) as problem:
        raise KeyMissing(
            f"The file of the root key, {path}, cannot be read: {problem}. Nothing is lost; put the file back.",
            key=str(path),
        ) from problem
    return root_keys_from_text(text, source=str(path))


def root_keys_from_environment(name: str = "VAULT_ROOT_KEYS") -> HeldRootKeys:
    """Return the keys in an environment variable. Raises `KeyMissing` where it is not set."""
    text = os.environ.get(name, "")
    if not text.strip():
        raise KeyMissing(f"{name} is not set. Nothing is lost; set it to the root key and try again.", key=name)
    return root_keys_from_text(text, source=name)
