"""What a child process promises before it begins: to die with its parent, and not to be root where that is refused."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable

NOBODY = 65534
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1


def dying_with_parent(ending: int = signal.SIGTERM) -> Callable[[], None]:
    """Return a function for ``preexec_fn``: the kernel sends ``ending`` to the child when its parent is gone."""
    parent = os.getpid()
    library = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def prepare() -> None:
        if library is not None:
            library.prctl(_PR_SET_PDEATHSIG, ending)
            if os.getppid() != parent:
                os.kill(os.getpid(), ending)

    return prepare


def in_user_namespace(ending: int) -> Callable[[], None]:
    """Return a function for ``preexec_fn``: root becomes an ordinary user in a namespace of its own.

    PostgreSQL refuses to run as root; this needs no other account, and no change of who owns the files.
    """
    library = ctypes.CDLL(None, use_errno=True)
    die = dying_with_parent(ending)

    def prepare() -> None:
        user, group = os.getuid(), os.getgid()
        if library.unshare(_CLONE_NEWUSER):
            raise OSError(ctypes.get_errno(), "unshare")
        for name, text in (("setgroups", "deny"), ("uid_map", f"1000 {user} 1"), ("gid_map", f"1000 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        die()

    return prepare


def as_nobody(ending: int) -> Callable[[], None]:
    """Return a function for ``preexec_fn``: root becomes `NOBODY`, for containers that forbid namespaces."""
    die = dying_with_parent(ending)

    def prepare() -> None:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        die()

    return prepare


def namespaces_are_allowed() -> bool:
    """Return whether this machine lets root make a user namespace."""
    if os.environ.get("PORTICO_NO_NAMESPACES") == "1":
        return False
    try:
        subprocess.run(["true"], preexec_fn=in_user_namespace(signal.SIGTERM), check=True)  # noqa: S607
    except (subprocess.SubprocessError, OSError):
        return False
    return True
