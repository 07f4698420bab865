"""A database and a web server of a benchmark's own, and two of its pages under the same load.

Session, person and membership are looked up for both pages, so that their ratio is what ours costs beside a bare view
behind the same sign-in. Nothing of it touches the database the installation uses.
"""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from statistics import median, quantiles
from urllib.error import URLError

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

BARE = "/bench/bare/"
_DATABASE = "portico_bench"
_ROUNDS, _REQUESTS, _CONNECTIONS, _WARM_UP = 6, 60, 4, 40


class Timings:
    """The durations of many requests."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.elapsed = 0.0

    def add(self, seconds: list[float], elapsed: float) -> None:
        """Add the durations of one round, and how long the round took."""
        self.seconds += seconds
        self.elapsed += elapsed

    @property
    def median(self) -> float:
        """In milliseconds."""
        return median(self.seconds) * 1000

    @property
    def p95(self) -> float:
        """In milliseconds."""
        return quantiles(self.seconds, n=20)[-1] * 1000

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.elapsed


@contextmanager
def own_database() -> Iterator[None]:
    """Point this process at an empty database, which is dropped afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {_DATABASE}")
        cursor.execute(f"CREATE DATABASE {_DATABASE}")
    before = connection.settings_dict["NAME"]
    connection.close()
    connections.settings["default"]["NAME"] = connection.settings_dict["NAME"] = _DATABASE
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        connections.settings["default"]["NAME"] = connection.settings_dict["NAME"] = before
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {_DATABASE} WITH (FORCE)")


@contextmanager
def own_server() -> Iterator[int]:
    """Serve the benchmark's database the way `up` serves the product, and give the port."""
    from portal.launcher.up import gunicorn_settings

    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    head, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    environment = os.environ | {"DATABASE_URL": f"{head}/{_DATABASE}", "PORTICO_BENCH": "1", "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "gunicorn", "portal.wsgi", *gunicorn_settings("localhost", port)]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def compare_with_bare(port: int, path: str, cookie: str) -> tuple[Timings, Timings]:
    """Ask for the page and for the bare view in turns, after a warm-up; return the timings of both."""
    timings = time_of_each(port, [path, BARE], cookie)
    return timings[path], timings[BARE]


def time_of_each(port: int, paths: Sequence[str], cookie: str, *, rounds: int = _ROUNDS) -> dict[str, Timings]:
    """Ask for each of the pages in turns, after a warm-up; return the timings of each."""
    for path in paths:
        _load(port, path, cookie, _WARM_UP)
    timings = {path: Timings() for path in paths}
    for _ in range(rounds):
        for path in paths:
            timings[path].add(*_load(port, path, cookie, _REQUESTS))
    return timings


def session_of(membership) -> str:
    """Return the cookie of a session that went through the partner's door with everything it takes."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    now = timezone.now().timestamp()
    session.update(
        {
            SESSION_KEY: str(membership.user_id),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: membership.user.get_session_auth_hash(),
            "door": "partner",
            "seen_at": now,
            "signed_in_at": now,
            "account_authentication_methods_user": str(membership.user_id),
            "account_authentication_methods": [{"method": "mfa", "type": "totp", "at": now}],
        }
    )
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def queries_of(path: str, cookie: str) -> int:
    """Return how many queries the page needs the second time it is asked for."""
    from django.test import Client

    client = Client(headers={"Host": settings.ALLOWED_HOSTS[0], "Cookie": cookie})
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}.")
    return len(captured)


def gather_statistics() -> None:
    """Let the database count its rows, as it does by itself after a while."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/health/live/", timeout=5).close()
            return
        except (URLError, ConnectionError, TimeoutError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _load(port: int, path: str, cookie: str, requests: int) -> tuple[list[float], float]:
    """Ask ``requests`` times over each of a few kept connections; return every duration, and the time it all took."""
    seconds: list[float] = []
    problems: list[int] = []

    def ask() -> None:
        client = http.client.HTTPConnection("localhost", port)
        for _ in range(requests):
            began = time.perf_counter()
            client.request("GET", path, headers={"Cookie": cookie, "Host": f"localhost:{port}"})
            answer = client.getresponse()
            answer.read()
            seconds.append(time.perf_counter() - began)
            if answer.status != 200:
                problems.append(answer.status)
        client.close()

    threads = [threading.Thread(target=ask) for _ in range(_CONNECTIONS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise RuntimeError(f"{path} answered {problems[0]}.")
    return seconds, time.perf_counter() - began
