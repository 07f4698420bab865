"""Where things are kept: everything the launcher writes lies below var/, sockets in a short temporary folder."""

import fcntl
import json
import os
import sys
from pathlib import Path
from typing import IO

from portal.bootstrap import ROOT


class AlreadyRunning(Exception):
    """Another launcher holds this folder; the message names it."""


def var_folder() -> Path:
    """Return var/ (or VAR_DIR), made when missing. Ends the program with one line where it cannot be written."""
    folder = Path(os.environ.get("VAR_DIR") or ROOT / "var")
    try:
        (folder / "run").mkdir(parents=True, exist_ok=True)
        probe = folder / "run" / "probe"
        probe.write_text("can be written")
        probe.unlink()
    except OSError as problem:
        sys.exit(f"The folder {folder} cannot be written: {problem.strerror}. Nothing was started.")
    return folder


def hold(var: Path) -> IO[str]:
    """Return an open file that keeps other launchers out until it is closed. Raises `AlreadyRunning`."""
    file = (var / "run" / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        file.close()
        state = read_state(var)
        where = f" at {state['base_url']}" if state.get("base_url") else ""
        who = f" (process {state['pid']})" if state.get("pid") else ""
        raise AlreadyRunning(f"Portico already runs here{where}{who}. Stop that one first.") from problem
    # Servers that outlive a killed launcher must not keep its lock.
    os.set_inheritable(file.fileno(), False)
    return file


def write_state(var: Path, state: dict) -> None:
    """Note what runs, so that other commands find the servers."""
    (var / "run" / "state.json").write_text(json.dumps(state))


def read_state(var: Path) -> dict:
    """Return what was noted, or {}."""
    try:
        return json.loads((var / "run" / "state.json").read_text())
    except (OSError, ValueError):
        return {}
