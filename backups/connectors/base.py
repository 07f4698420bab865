"""What every connector promises, and how it says that something did not work.

ConnectorError
  ProviderBusy       the provider asked us to slow down for longer than is worth waiting; try again later
  AccessRevoked      the customer withdrew consent, or never gave it; only they can fix it
  PermissionMissing  the consent does not cover this; re-consent, or leave the resource out
  CredentialRefused  the provider does not accept our own certificate or secret; the operator has to act
  CursorExpired      too long since the last run; read everything again
  NotThere           the thing does not exist at the source (any more)
  ForeignAddress     a link leads to a host that is not the configured one; nothing was sent there
  UnexpectedAnswer   the provider answered what we cannot make sense of
    DamagedOnTheWay  bytes arrived that are not those the provider has; asking again may help
  CannotBeSaved      the provider has this object and will not hand it out; ``reason`` says in one word why
  CannotBeRestored   the provider does not take this object; ``obstacle`` says in one word why
  OutcomeUnclear     a call that writes broke off; nobody knows whether it was done. Look before it is sent again
"""

from datetime import timedelta
from enum import StrEnum


class ConnectorError(Exception):
    """Something at the provider; the message is ours and may be shown, ``request_id`` is the provider's own."""

    def __init__(self, message: str, *, code: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.code, self.request_id = code, request_id


class ProviderBusy(ConnectorError):
    """Asked to slow down; ``wait`` says for how long."""

    def __init__(self, message: str, *, wait: timedelta, code: str = "", request_id: str = "") -> None:
        super().__init__(message, code=code, request_id=request_id)
        self.wait = wait


class AccessRevoked(ConnectorError):
    pass


class PermissionMissing(ConnectorError):
    pass


class CredentialRefused(ConnectorError):
    pass


class CursorExpired(ConnectorError):
    pass


class NotThere(ConnectorError):
    pass


class ForeignAddress(ConnectorError):
    pass


class UnexpectedAnswer(ConnectorError):
    pass


class DamagedOnTheWay(UnexpectedAnswer):
    pass


class Refusal(StrEnum):
    """Why a provider does not hand an object out."""

    CORRUPT = "CORRUPT"
    MALWARE = "MALWARE"
    LOCKED = "LOCKED"
    TOO_LARGE = "TOO_LARGE"
    NOT_A_FILE = "NOT_A_FILE"


class CannotBeSaved(ConnectorError):
    """One object that stays at the provider; the others are not concerned."""

    def __init__(self, message: str, *, reason: Refusal, code: str = "", request_id: str = "") -> None:
        super().__init__(message, code=code, request_id=request_id)
        self.reason = reason


class Obstacle(StrEnum):
    """Why a provider does not take an object."""

    TOO_LARGE = "TOO_LARGE"
    NO_ROOM = "NO_ROOM"
    LOCKED = "LOCKED"
    TARGET_GONE = "TARGET_GONE"
    NAME_REFUSED = "NAME_REFUSED"
    NOT_RESTORABLE = "NOT_RESTORABLE"
    REFUSED = "REFUSED"


class CannotBeRestored(ConnectorError):
    """One object that stays in the vault only; the others are not concerned, except for NO_ROOM and TARGET_GONE."""

    def __init__(self, message: str, *, obstacle: Obstacle, code: str = "", request_id: str = "") -> None:
        super().__init__(message, code=code, request_id=request_id)
        self.obstacle = obstacle


class OutcomeUnclear(ConnectorError):
    pass
