"""Settings: a missing or malformed one stops the start with one line that names it."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from portal.environment import Environment, SettingProblem

GOOD = {
    "PORTICO_MODE": "production",
    "BASE_URL": "https://portal.example.com",
    "SECRET_KEY": "x" * 60,
    "SEALING_KEYS": "dGVzdHMgb25seSwgbm90IGEgc2VjcmV0IGF0IGFsbCE=",
    "EMAIL_URL": "smtp://mail.example.com:25",
    "DATABASE_URL": "postgresql://u:p@localhost/portico",
    "REDIS_URL": "redis://localhost:6379",
}


def start(**changes):
    wanted = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "portal.settings", **GOOD, **changes}
    environment = {name: value for name, value in wanted.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=settings.BASE_DIR, capture_output=True, text=True, env=environment,
    )  # fmt: skip


def test_good_settings_start():
    assert start().returncode == 0


@pytest.mark.parametrize("name", ["BASE_URL", "SECRET_KEY", "SEALING_KEYS", "EMAIL_URL", "DATABASE_URL", "REDIS_URL"])
def test_a_missing_setting_is_named_in_one_line(name):
    done = start(**{name: None})

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"Setting {name} is missing" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("BASE_URL", "http://portal.example.com"), ("BASE_URL", "portal"), ("SEALING_KEYS", "short"),
     ("DATABASE_URL", "mysql://x/y"), ("DATABASE_URL", "postgresql://host/"), ("REDIS_URL", "localhost"),
     ("EMAIL_URL", "mail.example.com"), ("EMAIL_URL", "inbox:"), ("PORTICO_MODE", "prod"),
     ("TRUSTED_PROXY_COUNT", "-1"), ("BILLING_OPENED_BY", "nobody"), ("LOG_LEVEL", "LOUD"),
     ("OUTBOUND_INTERNAL_NETWORKS", "10.0.0.1/8"), ("OUTBOUND_ALLOWS_HTTP", "1"),
     ("STRIPE_SECRET_KEY", "pk_live_1"), ("STRIPE_WEBHOOK_SECRET", "whsec_1"), ("STRIPE_API_BASE", "http://stripe.com"),
     ("DOCUMENT_FONTS", "/nowhere/font.ttf"),
     ("INVOICES_ISSUED", "nobody"), ("BILLING_SELLER", "x" * 91)],
)  # fmt: skip
def test_a_malformed_setting_is_named_in_one_line(name, value):
    done = start(**{name: value})

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"Setting {name}" in done.stderr


def test_a_unix_socket_and_a_server_both_become_broker_and_cache():
    socket = Environment({"REDIS_URL": "unix:///run/s"}).redis()
    server = Environment({"REDIS_URL": "rediss://:secret@cache.example:6380"}).redis()

    assert socket == ("redis+socket:///run/s?virtual_host=0", "unix:///run/s?db=1")
    assert server == ("rediss://:secret@cache.example:6380/0", "rediss://:secret@cache.example:6380/1")


def test_a_database_on_a_socket_is_understood():
    parsed = Environment({"DATABASE_URL": "postgresql://portico@//tmp/sockets/portico"}).database()

    assert (parsed["HOST"], parsed["NAME"], parsed["USER"]) == ("/tmp/sockets", "portico", "portico")


def test_the_demo_is_refused_where_passwords_matter(settings, db):
    from django.core.management import CommandError, call_command

    settings.MODE = "production"

    with pytest.raises(CommandError, match="refused in production"):
        call_command("demo")


def test_the_problem_is_one_that_ends_a_program():
    with pytest.raises(SettingProblem):
        Environment({}).text("ANYTHING")
    assert issubclass(SettingProblem, SystemExit)
