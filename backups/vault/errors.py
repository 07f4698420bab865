"""How the vault says that something did not work.

VaultError
  StoreProblem         the place where objects are kept did not do what it was asked; `name` is the object
    StoreFull          no room left; nothing of the object became visible
    StoreReadOnly      the store may be read but not written
    StoreSlow          no answer in time; whether a write arrived is unknown, writing the same again is safe
    StoreUnavailable   the store cannot be reached, refuses us, or reports an error of its own
    AlreadyThere       an object of this name exists; it was not touched
    NotInStore         there is no object of this name
    StoreLocked        the object may not be deleted before its lock ends
  Damaged              bytes are not what was written; none of them were handed out as content
    PackDamaged        a pack is cut, altered or not the one its name says; `blobs` in it are affected
    BlobDamaged        one blob does not open or is not what its id says
    BlobMissing        the catalogue knows no such blob
    CommitDamaged      a commit, manifest or slip does not open or its signature is wrong
    EndUnclear         several commits of one number are there and nobody can tell which one counted
    RolledBack         the chain of commits ends before a commit that is known to exist
    Swapped            a valid object stands in another one's place
    ContentDamaged     all blobs were right but the whole is not what the source gave us
  KeyProblem           a key is not to be had; `key` says which
    KeyMissing         this process or this store does not hold the key
    WrongKey           the key that is held does not open what it should
    KeyRetired         the epoch is retired and no pack should need it any more
    KeyDestroyed       the key was destroyed on purpose; its content cannot be read by anybody, for ever
  CatalogueUnavailable the database did not answer; whether a commit counted is in it, nowhere else
  Superseded           another worker took the job over; nothing of this commit counts
  ReuseLost            content this commit refers to was erased meanwhile; nothing counts, run the slice again
  Unacceptable         an id or a note that cannot be stored as it is; nothing of the object was stored

Every message says what happened, what is safe, and what to do next.
"""


class VaultError(Exception):
    """Something in the vault; the message is ours and may be shown."""


class StoreProblem(VaultError):
    """The store did not do what it was asked; ``name`` is the object it was about, or ""."""

    def __init__(self, message: str, *, name: str = "") -> None:
        super().__init__(message)
        self.name = name


class StoreFull(StoreProblem):
    pass


class StoreReadOnly(StoreProblem):
    pass


class StoreSlow(StoreProblem):
    pass


class StoreUnavailable(StoreProblem):
    pass


class AlreadyThere(StoreProblem):
    pass


class NotInStore(StoreProblem):
    pass


class StoreLocked(StoreProblem):
    pass


class Damaged(VaultError):
    """Bytes are not what was written. ``name`` is the object in the store, ``blobs`` the ids of the content in it."""

    def __init__(self, message: str, *, name: str = "", blobs: tuple[bytes, ...] = ()) -> None:
        super().__init__(message)
        self.name, self.blobs = name, blobs


class PackDamaged(Damaged):
    pass


class BlobDamaged(Damaged):
    pass


class BlobMissing(Damaged):
    pass


class CommitDamaged(Damaged):
    pass


class EndUnclear(Damaged):
    pass


class RolledBack(Damaged):
    pass


class Swapped(Damaged):
    pass


class ContentDamaged(Damaged):
    pass


class KeyProblem(VaultError):
    """A key is not to be had; ``key`` names it and never contains it."""

    def __init__(self, message: str, *, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class KeyMissing(KeyProblem):
    pass


class WrongKey(KeyProblem):
    pass


class KeyRetired(KeyProblem):
    pass


class KeyDestroyed(KeyProblem):
    pass


class CatalogueUnavailable(VaultError):
    pass


class Superseded(VaultError):
    pass


class ReuseLost(VaultError):
    pass


class Unacceptable(VaultError):
    pass
