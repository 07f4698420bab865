"""A server that answers requests as a test wrote down, in order: for what no real S3 server can be made to say."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_UNVERSIONED = b"<VersioningConfiguration/>"


@dataclass
class Reply:
    """One answer; ``promised`` is the length the head claims, ``after`` what has to happen before it is sent."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    after: threading.Event | None = None

    @classmethod
    def error(cls, status: int, code: str) -> "Reply":
        return cls(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())


class ScriptedS3:
    """Gives each request the next of ``replies``; questions for versioning and the probe have their own."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.seen: list[tuple[str, str]] = []
        self.endpoint = ""

    def next_reply(self, method: str, path: str) -> Reply:
        if path.endswith("?versioning="):
            return Reply(body=_UNVERSIONED)
        if path.endswith("/.conditions"):
            return Reply(412)
        self.seen.append((method, path))
        return self.replies.pop(0)


@contextmanager
def scripted_s3() -> Iterator[ScriptedS3]:
    """Run the server on the loopback address."""
    script = ScriptedS3()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = script.next_reply(self.command, self.path)
            if reply.after:
                reply.after.wait(30)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            promised = len(reply.body) if reply.promised is None else reply.promised
            self.send_header("Content-Length", str(promised))
            # A client that waited long enough is gone.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.end_headers()
                self.wfile.write(reply.body)
            self.close_connection = promised != len(reply.body)

        do_GET = do_PUT = do_DELETE = do_HEAD = do_POST = _answer

        def log_message(self, *_) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    script.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
