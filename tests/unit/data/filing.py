"""What the tests of backups share: a sandbox that does what the service does with files, and a database with some.

The service fetches the file of an attachment from the address that a write gives, keeps it, and hands out links to it.
Here a server on loopback has the files that are given and serves those that are kept.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

from softrorm import Model, fields
from softrorm.sandbox import Sandbox

LINKS = b"https://softr-files.s3.sandbox.example/"


class FileServer(ThreadingHTTPServer):
    """Serves files by path; ``files`` may be filled while it runs, and a status in place of a file is answered."""

    daemon_threads = True

    def __init__(self, folder=None):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files, self.folder, self.asked = {}, folder, []
        self.url = f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def running(self):
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.005})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_GET(self):
        path = unquote(urlsplit(self.path).path).lstrip("/")
        self.server.asked.append(path)
        content = self.server.files.get(path)
        if content is None and self.server.folder is not None and (self.server.folder / path).is_file():
            content = (self.server.folder / path).read_bytes()
        status = content if isinstance(content, int) else 200 if content is not None else 404
        body = content if isinstance(content, bytes) else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class FilingSandbox(Sandbox):
    """A sandbox that fetches the files it is given, and whose links lead to them."""

    def __init__(self, server, **options):
        super().__init__(**options)
        self.server = server

    def handle(self, method, path, query, headers, body):
        status, answered, answer = super().handle(method, path, query, headers, body)
        if method in {"POST", "PATCH", "PUT"} and "/records" in path and status == 200 and b"http" in (body or b""):
            given, kept = json.loads(body)["fields"], json.loads(answer)["data"]["fields"]
            for field, files in given.items():
                files = [files] if isinstance(files, dict) else files
                for file, one in zip(files, kept[field], strict=True) if _is_files(files) else ():
                    if one["id"] not in self.server.files:
                        self.server.files[one["id"]] = self._fetched(file["url"])
        return status, answered, answer.replace(LINKS, f"{self.server.url}/".encode())

    def _fetched(self, url):
        assert url.startswith(self.server.url), url
        path = unquote(urlsplit(url).path).lstrip("/")
        if path in self.server.files:
            return self.server.files[path]
        with urlopen(url) as answer:
            return answer.read()


def _is_files(value):
    return isinstance(value, list) and value and isinstance(value[0], dict) and "url" in value[0]


class Team(Model):
    name = fields.SingleLineText()
    tasks = fields.LinkedRecords(to="Task", inverse="team")

    class Meta:
        database_name = "Plan"
        table_name = "Teams"


class Task(Model):
    title = fields.SingleLineText(required=True)
    status = fields.Select(choices=["Open", "Done"], default="Open")
    tags = fields.MultiSelect(choices=["a", "b", "c"])
    hours = fields.Number()
    price = fields.Currency()
    urgent = fields.Checkbox(default=True)
    due = fields.Date()
    seen = fields.DateTime()
    number = fields.Autonumber()
    owner = fields.User()
    files = fields.Attachment()
    team = fields.LinkedRecord(to=Team)
    before = fields.LinkedRecords(to="Task", inverse="after")
    after = fields.LinkedRecords(to="Task", inverse="before")
    team_name = fields.Lookup(options={"linkedRecordFieldId": "team", "lookupFieldId": "name"})
    double = fields.Formula(options={"formula": "{Hours} * 2", "referencedFieldIds": ["hours"]})

    class Meta:
        database_name = "Plan"
        table_name = "Tasks"


def fill(client, server, tasks, teams=5, files=5):
    """Records in the tables: tasks of teams, the first ones with files and with links to each other."""
    place, of_teams = Task._meta.binding(client), Team._meta.binding(client)
    ids = place.ids

    def create(at, values):
        return client.create_record(at.database, at.table, values)["id"]

    made = [create(of_teams, {of_teams.ids["name"]: f"Team {one}"}) for one in range(teams)]
    former = None
    for one in range(tasks):
        values = {ids["title"]: f"Task {one}", ids["hours"]: one / 2, ids["team"]: [made[one % teams]]}
        values |= {ids["due"]: "2026-05-01"} if one % 2 else {ids["status"]: None, ids["urgent"]: False}
        if one < files:
            path = f"source/{one}.txt"
            server.files[path] = f"file {one % 3}".encode()
            values[ids["files"]] = [{"url": f"{server.url}/{path}", "filename": f"Note {one}.txt"}]
            values |= {ids["tags"]: ["c", "a"], ids["price"]: 0.1, ids["seen"]: "2026-05-01T10:00:00.000Z"}
            values |= {ids["owner"]: "3b0f6d0e-ann", ids["before"]: [former] if former else []}
        former = create(place, values)
