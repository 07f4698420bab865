"""The project's own environment: .venv, made from the locked, hashed requirements. Standard library only.

A stamp with the checksums of the lock files is written last, so that a half-made environment is noticed and made
anew, and a changed lock is installed once.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "portico-stamp.json"
ROOM_NEEDED = 700 * 1024 * 1024


def ensure_environment(*, with_tests: bool) -> None:
    """Return when this interpreter has everything; otherwise make .venv and run the same command inside it.

    An environment of one's own (a virtual environment with Django, or PORTICO_NO_VENV=1) is used as it is. Ends the
    program with one line where the environment cannot be made.
    """
    if _has_own_environment():
        return
    wanted = _wanted(with_tests)
    if not _is_current(wanted):
        with _only_one_at_a_time():
            if not _is_current(wanted):
                _make(wanted)
    python = VENV / "bin" / "python"
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    os.execv(python, [str(python), *sys.argv])  # noqa: S606 - the same command, inside the environment


def _has_own_environment() -> bool:
    if os.environ.get("PORTICO_NO_VENV") == "1":
        return True
    is_other_venv = sys.prefix != sys.base_prefix and Path(sys.prefix).resolve() != VENV.resolve()
    return is_other_venv and find_spec("django") is not None


def _wanted(with_tests: bool) -> dict[str, str]:
    files = ["requirements.txt"] + (["requirements-dev.txt"] if with_tests else [])
    return {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in files}


def _is_current(wanted: dict[str, str]) -> bool:
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return False
    return all(stamp.get(name) == checksum for name, checksum in wanted.items())


def _make(wanted: dict[str, str]) -> None:
    if VENV.exists() and not STAMP.exists():
        _say("The environment in .venv is not complete. Making it anew.")
        shutil.rmtree(VENV)
    free = shutil.disk_usage(ROOT).free
    if free < ROOM_NEEDED:
        sys.exit(f"The disk has only {free // 2**20} MB left; the environment needs about {ROOM_NEEDED // 2**20} MB.")
    _say("Preparing the environment in .venv (once, about a minute)…")
    uv = shutil.which("uv")
    try:
        if not VENV.exists():
            _create(uv)
        STAMP.unlink(missing_ok=True)
        _install(uv, list(wanted))
        STAMP.write_text(json.dumps(wanted))
    except OSError as problem:
        sys.exit(f"The environment in .venv could not be made: {problem.strerror or problem}. Run the command again.")


def _create(uv: str | None) -> None:
    command = (
        [uv, "venv", "-q", "--python", sys.executable, str(VENV)] if uv else [sys.executable, "-m", "venv", str(VENV)]
    )
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in done.stdout + done.stderr:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            sys.exit(f"This Python cannot make environments. Install the package: apt install python{version}-venv")
        sys.exit(f"The environment in .venv could not be made: {(done.stderr or done.stdout).strip().splitlines()[-1]}")


def _install(uv: str | None, files: list[str]) -> None:
    python = VENV / "bin" / "python"
    wheels = [argument for name in files for argument in ("-r", str(ROOT / name))]
    if uv:
        command = [uv, "pip", "install", "-q", "--python", str(python), "--require-hashes", *wheels]
    else:
        pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
        command = [str(python), *pip, *wheels]
    if subprocess.run(command).returncode:
        sys.exit("The packages could not be installed; the reason stands above. Run the command again to go on.")


class _only_one_at_a_time:
    """Two first starts at once must not build into the same folder."""

    def __enter__(self) -> None:
        self.file = (ROOT / ".venv.lock").open("w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_) -> None:
        self.file.close()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
