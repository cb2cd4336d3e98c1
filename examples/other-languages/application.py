"""The three calls of Tracker in Python's standard library, with links in a SQLite file.

Start it with `TOKEN=... PORT=8090 python3 application.py`, then test it:

    CHECK_TOKEN=... tracker-links check http://127.0.0.1:8090 --object D-1 --object D-2 --object D-3
"""

import hmac
import json
import os
import sqlite3
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = os.environ["TOKEN"]
LONGEST_BODY = 1024 * 1024
OBJECTS = {key: {"key": key, "summary": f"Deal {key}", "status": {"name": "Open"}} for key in ("D-1", "D-2", "D-3")}


def links():
    database = sqlite3.connect(os.environ.get("DATABASE", "links.db"), timeout=10)
    database.execute("CREATE TABLE IF NOT EXISTS link (issue TEXT, object TEXT, PRIMARY KEY (issue, object))")
    return database


class Refusal(Exception):
    def __init__(self, status):
        self.status = status


class Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(self.card)

    def do_HEAD(self):
        self.answer(self.card)

    def do_POST(self):
        self.answer(self.create)

    def do_DELETE(self):
        self.answer(self.remove)

    def do_PUT(self):
        self.answer(self.nothing)

    def nothing(self):
        raise Refusal(405)

    def card(self):
        key = self.path_after("/objects/")
        card = OBJECTS.get(key) or OBJECTS.get(key.removesuffix("/"))
        if card is None:
            raise Refusal(404)
        return 200, card

    def create(self):
        self.path_after("/links")
        if self.headers.get_content_type() != "application/json":
            raise Refusal(415)
        try:
            body = json.loads(self.body().decode("utf-8"))
            issue, keys = body["issueKey"], [str(key) for key in body["entityIds"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Refusal(400) from None
        if not isinstance(issue, str) or not isinstance(body["entityIds"], list):
            raise Refusal(400)
        with links() as database:
            database.executemany("INSERT OR IGNORE INTO link VALUES (?, ?)", [(issue, key) for key in keys])
        return 201, {}

    def remove(self):
        self.path_after("/links")
        query = parse_qs(urlsplit(self.path).query, errors="strict")
        try:
            (issue,), (key,) = query["issueKey"], query["remoteKey"]
        except (KeyError, ValueError):
            raise Refusal(400) from None
        self.body()
        with links() as database:
            database.execute("DELETE FROM link WHERE issue = ? AND object = ?", (issue, key))
        return 204, None

    def path_after(self, start):
        """The rest of the path, decoded as UTF-8: a key may hold slashes."""
        path = urlsplit(self.path).path
        if not path.startswith(start):
            raise Refusal(404)
        try:
            return unquote(path[len(start):], errors="strict")
        except UnicodeDecodeError:
            raise Refusal(400) from None

    def body(self):
        """The whole body, with a length or in chunks."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            length = int(self.headers.get("Content-Length") or 0)
            if length > LONGEST_BODY:
                raise Refusal(413)
            return self.rfile.read(length)
        pieces, length = [], 0
        while size := int(self.rfile.readline(64), 16):
            length += size
            if length > LONGEST_BODY:
                raise Refusal(413)
            pieces.append(self.rfile.read(size))
            self.rfile.readline(64)
        self.rfile.readline(64)
        return b"".join(pieces)

    def check_token(self):
        presented = self.headers.get_all("Authorization") or []
        scheme, _, token = presented[0].partition(" ") if len(presented) == 1 else ("", "", "")
        if scheme.lower() not in ("oauth", "bearer") or not hmac.compare_digest(token.strip().encode(), TOKEN.encode()):
            raise Refusal(401)

    def answer(self, call):
        try:
            self.check_token()
            status, content = call()
        except Refusal as refusal:
            # What is left of the body is not read, so the connection cannot go on.
            status, content, self.close_connection = refusal.status, {"status": refusal.status}, True
        text = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        if text:
            self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def log_message(self, *_):
        """Nothing: an address may hold a secret."""



class Server(ThreadingHTTPServer):
    # An issue with many links asks for all its cards at once.
    request_queue_size = 128
    daemon_threads = True


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ.get("PORT", "8090"))), Application).serve_forever()
