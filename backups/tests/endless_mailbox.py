"""A mailbox with as many messages as a test wants, served by a process of its own as Graph serves one."""

import json
import multiprocessing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

from django.db import connections

PAGE = 500
_FOLDER = "inbox-of-eva"
_BEGAN = datetime(2016, 1, 1, tzinfo=UTC)
_fork = multiprocessing.get_context("fork")


class EndlessMailbox:
    """Serves ``messages`` messages in one folder while the block lasts; ``url`` is that of Graph."""

    def __init__(self, messages: int) -> None:
        self.messages, self._told = messages, _fork.SimpleQueue()

    def __enter__(self) -> "EndlessMailbox":
        connections.close_all()
        self._process = _fork.Process(target=self._serve, daemon=True)
        self._process.start()
        self.url = self._told.get()
        return self

    def __exit__(self, *_) -> None:
        self._process.terminate()
        self._process.join()

    def _serve(self) -> None:
        server = _Server(("127.0.0.1", 0), _Handler)
        server.daemon_threads, server.messages = True, self.messages
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        self._told.put(server.url)
        server.serve_forever()


class _Server(ThreadingHTTPServer):
    request_queue_size = 50


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else each answer would wait for the receipt of its own head.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path.endswith("/$value"):
            number = address.path.split("/")[-2]
            self._answer(200, _mime(number), "text/plain")
        elif address.path.endswith("/messages/delta"):
            self._tell(self._page(parse_qs(address.query)))
        elif address.path.endswith("/mailFolders"):
            folder = {"id": _FOLDER, "displayName": "Inbox", "parentFolderId": "root", "childFolderCount": 0}
            self._tell({"value": [folder]})
        else:
            self._answer(404, b'{"error": {"code": "ErrorItemNotFound", "message": "Not here."}}')

    def do_POST(self) -> None:
        """Answer a batch: none of the folders that are asked for by their names exists."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["requests"]
        body = {"error": {"code": "ErrorItemNotFound", "message": "Not here."}}
        self._tell({"responses": [{"id": one["id"], "status": 404, "headers": {}, "body": body} for one in asked]})

    def _page(self, query: dict[str, list[str]]) -> dict:
        begin = int(query.get("$skiptoken", ["0"])[0])
        end = min(begin + PAGE, self.server.messages)
        link = f"{self.server.url}{urlsplit(self.path).path}?"
        more = {"@odata.nextLink": f"{link}{quote('$skiptoken')}={end}"}
        last = {"@odata.deltaLink": f"{link}{quote('$skiptoken')}={self.server.messages}"}
        return {"value": [_entry(number) for number in range(begin, end)]} | (
            more if end < self.server.messages else last
        )

    def _tell(self, body: dict) -> None:
        self._answer(200, json.dumps(body).encode())

    def _answer(self, status: int, content: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_) -> None:
        pass


def _entry(number: int) -> dict:
    moment = (_BEGAN + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")
    writer = {"emailAddress": {"name": f"Person {number % 97}", "address": f"person{number % 97}@example.com"}}
    return {
        "id": f"message-{number}", "parentFolderId": _FOLDER, "changeKey": f"key-{number}",
        "subject": f"Offer {number}",
        "createdDateTime": moment, "receivedDateTime": moment, "sentDateTime": moment, "hasAttachments": False,
        "internetMessageId": f"<{number}@example.com>", "bodyPreview": f"Please find offer {number}.", "isRead": True,
        "importance": "normal", "isDraft": False, "conversationId": f"talk-{number // 3}", "categories": [],
        "sender": writer, "from": writer, "toRecipients": [writer], "ccRecipients": [], "bccRecipients": [],
    }  # fmt: skip


def _mime(number: str) -> bytes:
    head = f"Subject: Offer {number}\r\nMessage-ID: <{number}@example.com>\r\nFrom: person@example.com\r\n\r\n"
    return (head + f"Please find offer {number}. " * 20).encode()
