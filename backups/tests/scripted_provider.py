"""A real HTTP server that answers what it was told to, and a clock that moves only while somebody sleeps."""

import json
import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NOON = datetime(2026, 10, 25, 12, 0, tzinfo=UTC)


class Provider:
    """A real server on this machine that answers what it was told to, in turn, and then 200."""

    def __init__(self):
        self.answers, self.seen = deque(), []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.seen.append((self.path, dict(self.headers)))
                status, headers, body = provider.answers.popleft() if provider.answers else (200, {}, b"{}")
                if status == "hang up":
                    self.connection.close()
                    return
                headers = dict(headers)
                sent = body[: headers.pop("after", None)]
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent)
                if len(sent) < len(body):
                    self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def say(self, status, body=b"{}", **headers):
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, body))

    def break_off(self, status, body, *, after, **headers):
        """Send only the first ``after`` bytes of what is promised, and hang up."""
        self.say(status, body, **headers)
        self.answers[-1][1]["after"] = after

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Clock:
    """A clock that moves only while somebody sleeps."""

    def __init__(self):
        self.now, self.slept = NOON, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def say(provider, status=200, **body):
    """Let a provider's next answer be this JSON."""
    provider.say(status, json.dumps(body).encode())
