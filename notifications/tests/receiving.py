"""Pytest plugin: a web server of somebody else, real and on this machine, that notes what it is sent.

It answers as it is told.
"""

import datetime
import http.server
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAME = "hooks.example"


@dataclass
class Receiver:
    """``answers`` are (code, body) in turn, the last one for ever; ``drips`` sends a byte every so many seconds."""

    port: int = 0
    answers: list = field(default_factory=lambda: [(200, b"thanks")])
    headers: dict = field(default_factory=dict)
    drips: float = 0
    requests: list = field(default_factory=list)

    def next_answer(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def url(self, scheme="http", path="/portico"):
        return f"{scheme}://{NAME}:{self.port}{path}"


def _handler(receiver):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.append((self.path, dict(self.headers.items()), body))
            code, answer = receiver.next_answer()
            try:
                self._answer(code, answer)
            except OSError:
                # Who asked has left.
                self.close_connection = True

        def _answer(self, code, answer):
            self.send_response(code)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            for start in range(0, len(answer), 1 if receiver.drips else 65536):
                self.wfile.write(answer[start : start + (1 if receiver.drips else 65536)])
                self.wfile.flush()
                time.sleep(receiver.drips)

        def log_message(self, *_):
            """Say nothing."""

    return Handler


@contextmanager
def receiving(context: ssl.SSLContext | None = None):
    """Yield a receiver that listens, with TLS where ``context`` is given."""
    receiver = Receiver()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    server.handle_error = lambda *_: None
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def contexts(folder, name=NAME):
    """Return (what a server called ``name`` shows, what a client trusts that knows its certificate)."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    client = ssl.create_default_context()
    client.load_verify_locations(cadata=certificate.public_bytes(pem).decode())
    return server, client


def allow_this_machine(settings):
    """Let the product call 127.0.0.1 without TLS, as an operator of a test installation may."""
    settings.OUTBOUND_INTERNAL_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
    settings.OUTBOUND_ALLOWS_HTTP = True


def here(host, port):
    """Look any name up: it is this machine."""
    return ["127.0.0.1"]


def closed_port():
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def receiver(settings):
    """A server on this machine that we may call."""
    allow_this_machine(settings)
    with receiving() as receiver:
        yield receiver
