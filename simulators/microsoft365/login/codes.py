"""Authorization codes: kept in memory, good once, for ten minutes."""

import base64
import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from simulators.microsoft365.login.refusals import SignInRefused

LIVES = timedelta(minutes=10)


@dataclass
class Code:
    """What a code stands for."""

    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str
    person_id: UUID
    made_at: datetime
    is_redeemed: bool = False


class Codes:
    """All codes that were handed out."""

    def __init__(self) -> None:
        self._codes: dict[str, Code] = {}
        self._lock = threading.Lock()

    def hand_out(self, code: Code) -> str:
        """Return the word for ``code``."""
        word = f"1.{secrets.token_urlsafe(48)}"
        with self._lock:
            self._codes[word] = code
        return word

    def redeem(self, word: str, *, client_id: str, redirect_uri: str, verifier: str, now: datetime) -> Code:
        """Return what ``word`` stands for, once. Raises `SignInRefused`."""
        with self._lock:
            code = self._codes.get(word)
            if code is None or code.client_id != client_id.lower():
                raise SignInRefused(
                    70000, "The provided authorization code is malformed or was not issued to this app."
                )
            if code.is_redeemed:
                raise SignInRefused(
                    54005, "OAuth2 Authorization code was already redeemed, please retry with a new one."
                )
            code.is_redeemed = True
        if now - code.made_at > LIVES:
            raise SignInRefused(70008, "The provided authorization code has expired. Send the user to sign in again.")
        if code.redirect_uri != redirect_uri:
            raise SignInRefused(50011, f"The redirect URI '{redirect_uri}' does not match the one of the sign-in.")
        if challenge_of(verifier) != code.challenge:
            raise SignInRefused(
                501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request."
            )
        return code

    def clear(self) -> None:
        """Forget all codes."""
        with self._lock:
            self._codes.clear()


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


codes = Codes()
