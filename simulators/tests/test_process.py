"""The process: how it starts, refuses to start, stops, and what it remembers."""

import os
import signal
import subprocess
import sys

import httpx
import pytest

from portal.tests.simulator import ROOT, SimulatedApp, Simulator, SimulatorProcess, drop_database
from simulators.tests.clients import Graph


@pytest.fixture
def own_process(tmp_path):
    """A simulator of this test's own, not started yet."""
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    process = SimulatorProcess(tmp_path, f"{server}/simulator_alone_{os.getpid()}")
    process.apps["backup"] = SimulatedApp("Portico Backup", ["User.Read.All"])
    process.apps.write()
    yield process
    if process.process and process.process.poll() is None:
        process.stop()
    drop_database(process.database_url)


def test_tokens_consents_links_and_the_clock_survive_a_restart(own_process):
    own_process.start()
    microsoft = Simulator(own_process.url, own_process.apps)
    dental = microsoft.add_tenant("Acme Dental", "acme-dental.example", "tiny", seed=1)
    microsoft.consent(dental, own_process.apps["backup"].client_id)
    microsoft.advance(1000)
    before = Graph(microsoft, dental)
    token = before.client.headers["authorization"].removeprefix("Bearer ")
    _, link, _ = before.round("/users/delta")
    keys = httpx.get(f"{microsoft.login_url}/common/discovery/v2.0/keys").json()
    port = httpx.URL(own_process.url).port

    assert own_process.stop(signal.SIGTERM) == 0
    own_process.environment["SIMULATOR_PORT"] = str(port)
    own_process.start()

    after = Graph(microsoft, dental, token=token)
    assert after.get("/organization").status_code == 200
    assert after.round(link)[::2] == ([], 1)
    assert Graph(microsoft, dental).get("/users").status_code == 200
    assert microsoft.control("/clock")["ahead"] == 1000
    assert httpx.get(f"{microsoft.login_url}/common/discovery/v2.0/keys").json() == keys


def test_it_stops_at_once_when_interrupted(own_process):
    own_process.start()

    own_process.process.send_signal(signal.SIGINT)

    assert own_process.process.wait(timeout=20) == 0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SIMULATOR_DATABASE_URL", "", "is missing"),
        ("SIMULATOR_DATABASE_URL", "sqlite:///x", "only PostgreSQL"),
        ("SIMULATOR_DATABASE_URL", "postgresql://user@host/", "names no database"),
        ("SIMULATOR_DATABASE_URL", "postgresql://user@host:port/x", "not a database address"),
        ("SIMULATOR_DATABASE_URL", "postgresql://nobody@/x?host=/nowhere", "cannot be used"),
        ("SIMULATOR_APPS", "", "is missing"),
        ("SIMULATOR_APPS", "/nowhere.json", "not a file"),
        ("SIMULATOR_PORT", "many", "whole number"),
        ("SIMULATOR_PORT", "70000", "whole number"),
        ("SIMULATOR_THROTTLE", "slow", "a number from 0"),
        ("SIMULATOR_THROTTLE", "-1", "a number from 0"),
        ("SIMULATOR_PUBLIC_URL", "ftp://x", "must look like"),
        ("SIMULATOR_PUBLIC_URL", "https://demo.example/simulator", "must look like"),
        ("SIMULATOR_HOST", "no.such.host.invalid", "cannot be used"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_line(own_process, name, value, words):
    environment = own_process.environment | {name: value}

    done = subprocess.run(
        [sys.executable, "-m", "simulators"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    expected = "SIMULATOR_PORT" if name == "SIMULATOR_HOST" else name
    assert expected in line
    assert words in line


def test_a_taken_port_is_said_to_be_taken(own_process, simulator_process):
    environment = own_process.environment | {"SIMULATOR_PORT": str(httpx.URL(simulator_process.url).port)}

    done = subprocess.run(
        [sys.executable, "-m", "simulators"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, "SIMULATOR_PORT" in done.stderr) == (1, True)


def test_the_simulator_imports_nothing_of_the_product():
    product = ("portal", "accounts", "organizations", "backups", "jobs", "notifications", "sealing")
    files = [path for path in (ROOT / "simulators").rglob("*.py") if "tests" not in path.parts]

    offenders = [
        f"{path.name}: {line}"
        for path in files
        for line in path.read_text().splitlines()
        if line.split(" ")[0] in ("from", "import") and line.split(" ")[1].split(".")[0] in product
    ]

    assert (offenders, len(files) > 50) == ([], True)
