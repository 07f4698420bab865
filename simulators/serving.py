"""One process with sixteen threads: token buckets and gates live in its memory, so there must not be a second."""

import os
import socket

from simulators import environment
from simulators.database import ensure_database

THREADS = 16


def main() -> None:
    """Prepare the database and serve until SIGTERM or SIGINT. Ends with one line when a setting is wrong."""
    environment.apps_file()
    environment.throttle_factor()
    environment.stripe()
    ensure_database(environment.database())
    listener = _listen(environment.host(), environment.port())
    # With port 0 only the listener knows the address; settings must see the real one.
    os.environ["SIMULATOR_PORT"] = str(listener.getsockname()[1])
    os.environ["DJANGO_SETTINGS_MODULE"] = "simulators.settings"
    public_url = environment.public_url()
    _migrate()
    _serve(listener, public_url)


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        # One listener only: where a name has both, the older protocol is the one every client tries.
        family, kind, protocol, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as problem:
        raise environment.SettingProblem(
            f"SIMULATOR_PORT {port} at {host} cannot be used: {problem.strerror}. Choose another, or 0 for a free one."
        ) from problem
    return listener


def _migrate() -> None:
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    # The serving process is forked from this one and must not share its connection.
    connections.close_all()


def _serve(listener: socket.socket, public_url: str) -> None:
    from gunicorn.app.base import BaseApplication

    class Application(BaseApplication):
        def load_config(self):
            settings = {
                "bind": f"fd://{listener.fileno()}",
                "workers": 1,
                "worker_class": "gthread",
                "threads": THREADS,
                "timeout": 120,
                "graceful_timeout": 5,
                "keepalive": 15,
                "loglevel": "error",
                "limit_request_line": 0,
                "control_socket_disable": True,
                "post_worker_init": lambda worker: print(
                    f"Simulated Microsoft 365 listens at {public_url}", flush=True
                ),
            }
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self):
            from simulators.wsgi import application

            return application

    Application().run()
