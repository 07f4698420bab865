"""`manage.py up`, the real thing once."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg2

from portal.tests.test_launcher import DEADLINE, ROOT, folder, free_port, outside_the_suite

__all__ = ["folder"]


def test_everything_comes_up_answers_and_goes_away_again(folder):
    """The real thing once: all processes, the demo with its simulated tenants, a page, Ctrl-C."""
    port = free_port()
    launcher = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port), "--simulator-port", str(free_port())],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        env={**outside_the_suite(), "PORTICO_NO_VENV": "1", "VAR_DIR": str(folder)},
    )  # fmt: skip
    lines = []
    for line in launcher.stdout:
        lines.append(line)
        if "Ctrl-C stops everything" in line:
            break
    printed = "".join(lines)
    assert "Partner sign-in" in printed, printed
    state = json.loads((folder / "run" / "state.json").read_text())

    with urllib.request.urlopen(f"http://localhost:{port}/dev/codes/", timeout=20) as answer:
        page = answer.read().decode()
    lists, holders = discovered_clients(state["DATABASE_URL"]), holders_of_keys(launcher.pid)
    launcher.send_signal(signal.SIGINT)
    rest, _ = launcher.communicate(timeout=DEADLINE)

    assert "ada.lindqvist@northwind.example" in printed
    assert "Ada Lindqvist" in page
    assert state["pid"] == launcher.pid
    assert lists >= 3
    assert holders == {
        "worker": [True, True],
        "gunicorn portal.wsgi": [False, False],
        "beat": [False, False],
        "relay": [False, False],
        "simulators": [False, False],
    }
    assert launcher.returncode == 0, rest
    assert "Traceback" not in printed + rest
    assert (folder / "postgres" / "PG_VERSION").exists()
    assert not (folder / "postgres" / "postmaster.pid").exists()


def discovered_clients(database_url):
    """Wait until the worker has listed the accounts of a few demo clients; return how many."""
    deadline = time.monotonic() + DEADLINE
    folder, _, name = database_url.partition("@/")[2].rpartition("/")
    connection = psycopg2.connect(host=folder, user="portico", dbname=name)
    connection.autocommit = True
    try:
        while True:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM organizations_connection WHERE discovered_at IS NOT NULL")
                found = cursor.fetchone()[0]
            if found >= 3 or time.monotonic() > deadline:
                return found
    finally:
        connection.close()


def holders_of_keys(launcher):
    """Return which members of a launcher's family have the keys of services and vaults in their environment."""
    members = {}
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal() or parent_of(process) != launcher:
            continue
        command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        for name in ("worker", "gunicorn portal.wsgi", "beat", "relay", "simulators"):
            if f" {name} " in command:
                surroundings = (process / "environ").read_bytes()
                members[name] = [key in surroundings for key in (b"SOURCE_KEYS=", b"VAULT_ROOT_KEYS=")]
    return members


def parent_of(process):
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None
