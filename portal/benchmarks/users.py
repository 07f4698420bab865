"""The Users page with 5,000 people, beside a bare view behind the same sign-in on the same server.

The bare view answers two words; session, person and membership are looked up for both, so the ratio is what the page
itself costs. Runs in a database of its own, which is dropped afterwards.
"""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from statistics import median, quantiles
from urllib.error import URLError

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.benchmarks import Figure

PEOPLE = 5_000
ROUNDS, REQUESTS, CONNECTIONS = 6, 60, 4
PAGE, BARE = "/users/", "/bench/bare/"
_DATABASE = "portico_bench"


def measure() -> Iterator[Figure]:
    """Yield median and p95 of one request in ms, requests a second, and the number of queries with many and few."""
    with _database(), _server() as port:
        cookie, queries = _furnish()
        _load(port, PAGE, cookie, 40)
        _load(port, BARE, cookie, 40)
        ours, bare = _Timings(), _Timings()
        for _ in range(ROUNDS):
            ours.add(*_load(port, PAGE, cookie, REQUESTS))
            bare.add(*_load(port, BARE, cookie, REQUESTS))
    yield Figure("users.page", ours.median, bare.median, "ms")
    yield Figure("users.p95", ours.p95, bare.p95, "ms")
    yield Figure("users.rate", ours.rate, bare.rate, "requests/s")
    yield Figure("users.queries", queries[1], queries[0], f"queries with {PEOPLE} people, with 1")


class _Timings:
    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.elapsed = 0.0

    def add(self, seconds: list[float], elapsed: float) -> None:
        self.seconds += seconds
        self.elapsed += elapsed

    @property
    def median(self) -> float:
        return median(self.seconds) * 1000

    @property
    def p95(self) -> float:
        return quantiles(self.seconds, n=20)[-1] * 1000

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.elapsed


@contextmanager
def _database() -> Iterator[None]:
    """Point this process at an empty database of its own."""
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
def _server() -> Iterator[int]:
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


def _furnish() -> tuple[str, tuple[int, int]]:
    """Make the people; return an Administrator's cookie and the page's queries with one person and with all."""
    from accounts.models import Membership, Partner, User
    from accounts.models.membership import list_name_of
    from accounts.roles import Role

    partner = Partner.objects.create(name="Bench")
    ada = User.objects.create_user("ada@bench.example", None, first_name="Ada", last_name="Bench")
    admin = Membership.objects.create(user=ada, partner=partner, role=Role.ADMINISTRATOR, joined_at=timezone.now())
    cookie = _session_of(admin)
    few = _queries(cookie)
    users = User.objects.bulk_create(
        User(
            email=f"person{n}@bench.example", first_name=f"First{n}", last_name=f"Last{n % 977}",
            password=UNUSABLE_PASSWORD_PREFIX,
        )
        for n in range(PEOPLE - 1)
    )  # fmt: skip
    Membership.objects.bulk_create(
        Membership(
            user=user, partner=partner, role=Role.BASIC, products=["CLOUD_BACKUP"], joined_at=timezone.now(),
            list_name=list_name_of(user.first_name, user.last_name),
        )
        for user in users
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return cookie, (few, _queries(cookie))


def _session_of(membership) -> str:
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


def _queries(cookie: str) -> int:
    from django.test import Client

    client = Client(headers={"Host": settings.ALLOWED_HOSTS[0], "Cookie": cookie})
    client.get(PAGE)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(PAGE)
    if answer.status_code != 200:
        raise RuntimeError(f"The Users page answered {answer.status_code}.")
    return len(captured)


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

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise RuntimeError(f"{path} answered {problems[0]}.")
    return seconds, time.perf_counter() - began
