"""One command runs everything: data that stays, a family that leaves nothing behind, one clear line each."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from portal.launcher import places, processes
from portal.launcher.servers import CannotStart, Postgres, Valkey

ROOT = Path(settings.BASE_DIR)
DEADLINE = 60


def python(code, *arguments, **options):
    """Start a program of ours in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def outside_the_suite():
    """Return the environment without what the suite itself set, as a shell of somebody's would have it."""
    ours = ("DATABASE_URL", "REDIS_URL", "PORTICO_MODE", "VAR_DIR", "BASE_URL", "SECRET_KEY", "SEALING_KEYS",
            "SOURCE_KEYS", "EMAIL_URL", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE", "REDIS_FIRST_DATABASE",
            "MICROSOFT_LOGIN_URL", "MICROSOFT_GRAPH_URL")  # fmt: skip
    return {name: value for name, value in os.environ.items() if name not in ours}


def free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def manage(*arguments, **environment):
    """Run manage.py to its end, without the servers the suite itself uses."""
    clean = outside_the_suite()
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        env={**clean, "PORTICO_NO_VENV": "1", **environment},
    )


def is_gone(pid):
    """Wait until a process that is no child of ours has ended; a zombie counts as ended."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        os.sched_yield()
    return False


@pytest.fixture
def folder():
    # Not below pytest's own folder: a database that runs as another user has to pass through, and pytest shuts its
    # folder to others whenever another suite starts.
    with tempfile.TemporaryDirectory(prefix="portico-launcher-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


def connect(server):
    return psycopg2.connect(host=str(server.socket_folder), user="portico", dbname="portico")


def run_sql(server, sql):
    connection = connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def test_the_database_keeps_its_data_and_serves_a_role_that_is_no_superuser(folder):
    for start in range(2):
        server = Postgres(folder / "postgres", for_tests=True)
        server.start()
        if start == 0:
            run_sql(server, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)")
        kept = run_sql(server, "SELECT n FROM kept")
        role = run_sql(server, "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = 'portico'")
        extensions = {name for (name,) in run_sql(server, "SELECT extname FROM pg_extension")}
        server.stop()

        assert kept == [(42,)]
        assert role == [(False, False, True)]
        assert extensions >= {"btree_gin", "pg_trgm", "unaccent"}
        assert not server.socket_folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down")
def test_as_root_without_namespaces_it_runs_as_nobody_and_back(folder, monkeypatch):
    owners = []
    for forbidden in ("0", "1", "0"):
        monkeypatch.setenv("PORTICO_NO_NAMESPACES", forbidden)
        server = Postgres(folder / "postgres", for_tests=True)
        server.start()
        run_sql(server, "CREATE TABLE IF NOT EXISTS kept (n int)")
        owners.append((folder / "postgres" / "PG_VERSION").stat().st_uid)
        server.stop()

    assert owners in ([0, processes.NOBODY, 0], [processes.NOBODY] * 3)


def test_a_killed_database_recovers_what_was_committed(folder):
    first = Postgres(folder / "postgres")
    first.start()
    run_sql(first, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)")
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.wait()

    second = Postgres(folder / "postgres")
    second.start()
    kept = run_sql(second, "SELECT n FROM kept")
    second.stop()
    shutil.rmtree(first.socket_folder, ignore_errors=True)

    assert kept == [(42,)]


def test_data_of_another_major_version_is_refused_with_one_line(folder):
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("9\n")

    with pytest.raises(CannotStart, match="was made by PostgreSQL 9"):
        Postgres(folder / "postgres").start()


def test_valkey_keeps_queued_messages_through_a_kill(folder):
    import redis

    first = Valkey(folder / "valkey")
    first.start()
    with redis.Redis(unix_socket_path=str(first.socket)) as client:
        client.rpush("queue", "message")
        client.waitaof(1, 0, 5000)
    first.process.kill()
    first.process.wait()

    second = Valkey(folder / "valkey")
    second.start()
    with redis.Redis(unix_socket_path=str(second.socket)) as client:
        kept = client.lrange("queue", 0, -1)
        policy = client.config_get("maxmemory-policy")
    second.stop()
    shutil.rmtree(first.socket_folder, ignore_errors=True)

    assert kept == [b"message"]
    assert policy == {"maxmemory-policy": "noeviction"}


FAMILY = """
    import sys, time
    from pathlib import Path
    from portal.launcher.family import Family
    child = "import os, subprocess, sys; print(os.getpid(), flush=True); "
    family = Family({}, Path("."))
    family.start("one", [sys.executable, "-c", child + "sys.stdout.flush(); import signal; signal.pause()"])
    family.start("two", [sys.executable, "-c", child + "import signal; signal.pause()"])
    if sys.argv[1] == "stop":
        while len([m for m in family.members if m.process.poll() is None]) < 2: pass
        sys.stdin.readline()
        family.stop()
        print("stopped", flush=True)
    else:
        sys.stdin.readline()
"""


def children_of(launcher):
    return [int(launcher.stdout.readline().split("│")[1]) for _ in range(2)]


def test_killing_the_launcher_leaves_nothing_running():
    launcher = python(FAMILY, "wait", stdin=subprocess.PIPE)
    children = children_of(launcher)

    launcher.kill()
    launcher.wait()

    assert [is_gone(pid) for pid in children] == [True, True]


def test_stopping_the_family_stops_everybody():
    launcher = python(FAMILY, "stop", stdin=subprocess.PIPE)
    children = children_of(launcher)

    output, _ = launcher.communicate("now\n", timeout=DEADLINE)

    assert "stopped" in output
    assert [is_gone(pid) for pid in children] == [True, True]


def test_who_falls_is_started_again_and_who_keeps_falling_ends_the_family(tmp_path, capsys):
    from portal.launcher.family import Family, MemberKeepsFalling

    family = Family({}, tmp_path)
    family.start("short", [sys.executable, "-c", "pass"])

    with pytest.raises(MemberKeepsFalling, match="short ended 6 times"):  # noqa: PT012
        while True:
            family.members[0].process.wait()
            family.check()

    assert capsys.readouterr().out.count("starting it again") == 5


def test_a_second_copy_is_refused_with_one_line(tmp_path):
    (tmp_path / "run").mkdir()
    places.write_state(tmp_path, {"pid": 123, "base_url": "http://localhost:8000"})
    with places.hold(tmp_path):
        done = manage("up", VAR_DIR=str(tmp_path))

    assert done.returncode == 1
    assert done.stderr == (
        "Portico already runs here at http://localhost:8000 (process 123). Stop that one first.\n"
    )  # fmt: skip


@pytest.mark.parametrize("flag", ["--port", "--simulator-port"])
def test_a_taken_port_is_refused_with_one_line(tmp_path, flag):
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        ports = {"--port": free_port(), "--simulator-port": free_port(), flag: taken.getsockname()[1]}
        done = manage("up", *[str(part) for pair in ports.items() for part in pair], VAR_DIR=str(tmp_path))

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be used: Address already in use. Choose another" in done.stderr
    assert flag in done.stderr


def test_a_folder_that_cannot_be_written_is_refused_with_one_line(tmp_path):
    (tmp_path / "file").write_text("not a folder")

    done = manage("up", VAR_DIR=str(tmp_path / "file" / "var"))

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be written" in done.stderr


def test_a_malformed_setting_stops_the_start_with_one_line(tmp_path):
    done = manage(
        "up", "--port", "0", VAR_DIR=str(tmp_path), DATABASE_URL="postgresql://x@/tmp/y", REDIS_URL="nonsense"
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Setting REDIS_URL" in done.stderr


def test_a_full_disk_is_told_in_one_line(monkeypatch, tmp_path, capsys):
    import errno

    from portal.launcher import surroundings

    def full(self):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(Postgres, "start", full)

    with pytest.raises(SystemExit, match="The disk is full"), surroundings.embedded_servers(tmp_path):
        pass


def test_secrets_are_made_once_and_are_nobody_elses(tmp_path, monkeypatch):
    from portal.launcher.keys import kept_secrets

    for name in ("SECRET_KEY", "SEALING_KEYS"):
        monkeypatch.delenv(name, raising=False)
    first, second = kept_secrets(tmp_path), kept_secrets(tmp_path)

    assert first == second
    assert len(first["SECRET_KEY"]) > 50
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "secrets").iterdir()} == {0o600}
