"""`manage.py up`: everything, in one terminal."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from portal.bootstrap import ROOT
from portal.launcher import places, simulated
from portal.launcher.days import Days
from portal.launcher.family import Family, MemberKeepsFalling, say
from portal.launcher.surroundings import development_settings, embedded_servers

WEB_SECONDS = 60
PACE = 240
WORKERS = {"worker": "control,mail,restore,export,webhook", "backups": "backup,maintenance"}
KEYS_OF_WORKERS = ("SOURCE_KEYS", "VAULT_ROOT_KEYS")


class Stop(Exception):
    """Somebody asked the launcher to stop."""


def up(arguments: list[str]) -> int:
    """Run the product until Ctrl-C; return the exit code."""
    options = _options(arguments)
    var = places.var_folder()
    try:
        lock = places.hold(var)
    except places.AlreadyRunning as problem:
        sys.exit(str(problem))
    _refuse_taken_port(options, options.port, "--port")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        with lock, embedded_servers(var) as addresses:
            environment = os.environ | development_settings(var, base_url=_base_url(options)) | addresses
            options.with_simulator = not options.no_simulator and simulated.is_wanted(environment)
            if options.with_simulator:
                _refuse_taken_port(options, options.simulator_port, "--simulator-port")
                addresses |= simulated.product_settings(options.simulator_port, environment)
            return _run(options, var, environment | addresses, addresses)
    except Stop:
        return 0


def _run(options: argparse.Namespace, var: Path, environment: dict[str, str], addresses: dict[str, str]) -> int:
    state = {"pid": os.getpid(), "base_url": environment["BASE_URL"], **addresses}
    places.write_state(var, state)
    family = Family(environment, ROOT)
    try:
        also = {"SIMULATOR_APPS": str(simulated.apps_file(var))} if options.with_simulator else {}
        # First what tells about a wrong setting; the demo last, since its tenants are made in the simulator.
        if code := _do("prepare", environment | also):
            return code
        if options.with_simulator:
            _start_simulator(family, options, var)
        if not options.no_demo and (code := _do("demo", environment | also)):
            return code
        _start(family, options, var)
        _wait_for_web(family, options)
        if options.with_simulator and options.pace:
            Days(options.simulator_port, options.pace).begin()
        _tell(options, environment)
        while True:
            time.sleep(1)
            family.check()
    except MemberKeepsFalling as problem:
        say("portico", f"{problem} Its last lines stand above. Everything is stopped.")
        return 1
    except Stop:
        say("portico", "Stopping…")
        return 0
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        family.stop()
        places.write_state(var, {})


def _start(family: Family, options: argparse.Namespace, var: Path) -> None:
    python, celery = sys.executable, [sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "-A", "portal.celery"]
    web = [python, "-m", "gunicorn", "portal.wsgi", *gunicorn_settings(options.host, options.port)]
    # Only workers open credentials and vaults: whoever breaks into the web process finds no key to the clients'
    # services, nor to what was copied from them.
    keyless = KEYS_OF_WORKERS
    family.start("web", web, without=keyless)
    # Nobody who waits for a preview, a restore or a mail stands behind backups, which take minutes each.
    for name, queues in WORKERS.items():
        worker = ["worker", "-Q", queues, "-c", "2", "-n", f"{name}@%h", "--loglevel", "WARNING"]
        worker += ["--without-gossip", "--without-mingle"]
        # A worker whose broker died with the launcher waits for it for ever; its jobs are safe, their leases run out.
        family.start(name, [*celery, *worker], last_signal=signal.SIGKILL)
    schedule = var / "run" / "beat-schedule"
    family.start(
        "scheduler",
        [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(schedule), "--pidfile="],
        without=keyless,
    )
    family.start("relay", [python, "-m", "django", "relay"], without=keyless)


def _do(command: str, environment: dict[str, str]) -> int:
    return subprocess.run([sys.executable, "-m", "django", command], cwd=ROOT, env=environment).returncode


def _start_simulator(family: Family, options: argparse.Namespace, var: Path) -> None:
    """Start the simulated Microsoft 365 and wait until it answers: the demo's tenants are made in it."""
    also = simulated.simulator_settings(var, options.simulator_port, family.environment)
    ours = ("SECRET_KEY", "SEALING_KEYS", *KEYS_OF_WORKERS, "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    family.start("simulator", [sys.executable, "-m", "simulators"], without=ours, also=also)
    _wait_for(lambda: simulated.answers(options.simulator_port), family, "simulator")


def gunicorn_settings(host: str, port: int) -> list[str]:
    """Return gunicorn's arguments: two processes with four threads, and limits for slow or oversized requests."""
    return [
        "--bind", f"{host}:{port}", "--workers", "2", "--worker-class", "gthread", "--threads", "4",
        "--timeout", "30", "--graceful-timeout", "5", "--max-requests", "2000", "--max-requests-jitter", "200",
        "--limit-request-line", "4094", "--limit-request-fields", "100", "--limit-request-field_size", "8190",
        "--log-level", "warning", "--no-control-socket",
    ]  # fmt: skip


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py up", description="Run Portico here, until Ctrl-C.")
    parser.add_argument("--host", default="localhost", help="address to listen on (localhost)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
    parser.add_argument("--no-demo", action="store_true", help="do not furnish the demo")
    parser.add_argument("--no-simulator", action="store_true", help="no simulated Microsoft 365: use the real one")
    parser.add_argument(
        "--simulator-port", type=int, default=simulated.PORT, help=f"port of the simulator ({simulated.PORT})"
    )
    parser.add_argument(
        "--pace", type=_seconds, default=PACE, metavar="SECONDS",
        help=f"how long a working day of the simulated clients takes; 0 lets time stand still there ({PACE})",
    )  # fmt: skip
    return parser.parse_args(arguments)


def _seconds(word: str) -> int:
    if not word.isdecimal() or len(word) > 6:
        raise argparse.ArgumentTypeError(f"{word!r} is no whole number of seconds")
    return int(word)


def _base_url(options: argparse.Namespace) -> str:
    # Passkeys work at the name localhost, not at 127.0.0.1.
    return f"http://localhost:{options.port}"


def _refuse_taken_port(options: argparse.Namespace, port: int, flag: str) -> None:
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(options.host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except OSError as problem:
        sys.exit(
            f"Port {port} at {options.host} cannot be used: {problem.strerror}. "
            f"Choose another: python3 manage.py up {flag} {port + 1}"
        )


def _wait_for_web(family: Family, options: argparse.Namespace) -> None:
    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://localhost:{options.port}/health/live/", timeout=5):
                return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    _wait_for(answers, family, "web")


def _wait_for(answers: Callable[[], bool], family: Family, name: str) -> None:
    deadline = time.monotonic() + WEB_SECONDS
    while time.monotonic() < deadline:
        if answers():
            return
        family.check()
        time.sleep(0.1)
    raise MemberKeepsFalling(f"{name} did not answer within {WEB_SECONDS} s.")


def _tell(options: argparse.Namespace, environment: dict[str, str]) -> None:
    from portal.demo_people import DEMO_PEOPLE

    base = environment["BASE_URL"]
    lines = [
        "",
        f"Partner sign-in        {base}/login/",
        f"Organization sign-in   {base}/organization/login/",
        f"Platform staff         {base}/admin/",
    ]
    if environment["PORTICO_MODE"] == "development":
        lines += [f"Mails                  {base}/dev/mailbox/", f"Second-factor codes    {base}/dev/codes/"]
        if options.with_simulator:
            lines.append(f"Simulated Microsoft    {environment['SIMULATOR_URL']}/_sim/")
        if not options.no_demo:
            lines += ["", *[f"{person.email:<32} {person.password:<28} {person.role}" for person in DEMO_PEOPLE]]
    for line in [*lines, "", "Ctrl-C stops everything."]:
        say("portico", line)


def _stop(number: int, frame) -> None:
    raise Stop
