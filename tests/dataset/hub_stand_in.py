"""A Hub on this machine: the few answers that reading a dataset needs."""

import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "c" * 40
_REPO = r"(?P<repo>[\w.-]+/[\w.-]+)"
_ROUTES = [
    (rf"/api/datasets/{_REPO}(/revision/(?P<revision>[^/]+))?", "info"),
    (rf"/api/datasets/{_REPO}/tree/(?P<revision>[^/]+)(/(?P<path>.+))?", "tree"),
    (rf"/api/datasets/{_REPO}/paths-info/(?P<revision>[^/]+)", "paths"),
    (rf"/datasets/{_REPO}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", "file"),
]


class StandIn(ThreadingHTTPServer):
    """`repos` maps an id to its files; the ids in `gated` and `broken` answer with errors."""

    daemon_threads = True

    def __init__(self, repos: dict[str, dict[str, bytes]], gated=(), broken=()):
        super().__init__(("127.0.0.1", 0), _Desk)
        self.repos, self.gated, self.broken = repos, gated, broken
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        for pattern, name in _ROUTES:
            if found := re.fullmatch(pattern, path):
                return self._repo(name, **found.groupdict())
        self._fail(404, "RepoNotFound")

    do_HEAD = do_POST = do_GET

    def log_message(self, *_):
        pass

    def _repo(self, name, repo, revision=None, path=None):
        if repo in self.server.broken:
            return self._fail(500, "Broken")
        if repo not in self.server.repos:
            return self._fail(401, "RepoNotFound")
        if revision not in (None, "main", COMMIT):
            return self._fail(404, "RevisionNotFound")
        if repo in self.server.gated and name == "file":
            return self._fail(403, "GatedRepo")
        getattr(self, f"_{name}")(repo, self.server.repos[repo], path)

    def _info(self, repo, files, _):
        siblings = [{"rfilename": name, "size": len(data)} for name, data in files.items()]
        gated = "auto" if repo in self.server.gated else False
        about = {"id": repo, "sha": COMMIT, "siblings": siblings, "gated": gated, "private": False}
        self._answer(json.dumps(about | {"cardData": {"license": "mit"}}).encode())

    def _tree(self, _, files, path):
        start = f"{path}/" if path else ""
        found = {name[len(start) :]: name for name in files if name.startswith(start)}
        if path and not found:
            return self._fail(404, "EntryNotFound")
        deep = "recursive=true" in self.path.lower()
        entries = [self._entry(full, files[full]) for name, full in found.items() if deep or "/" not in name]
        folders = dict.fromkeys(start + name.split("/")[0] for name in found if "/" in name)
        entries += [{"type": "directory", "path": name, "oid": "d" * 40, "size": 0} for name in folders]
        self._answer(json.dumps(entries).encode())

    def _paths(self, _, files, __):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        names = json.loads(body)["paths"] if body.startswith("{") else re.findall(r"paths=([^&]+)", body)
        names = [unquote(name) for name in names]
        entries = [self._entry(name, files[name]) for name in names if name in files]
        folders = [name for name in names if any(one.startswith(f"{name}/") for one in files)]
        entries += [{"type": "directory", "path": name, "oid": "d" * 40, "size": 0} for name in folders]
        self._answer(json.dumps(entries).encode())

    def _file(self, repo, files, path):
        if path not in files:
            return self._fail(404, "EntryNotFound")
        data = files[path]
        etag = hashlib.sha1(data).hexdigest()
        start, end = 0, len(data)
        if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            start, end = int(asked[1]), min(int(asked[2] or len(data)) + 1, len(data))
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if asked:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(data)}"
        self._answer(data[start:end], 206 if asked else 200, headers)

    def _entry(self, name, data):
        return {"type": "file", "path": name, "oid": hashlib.sha1(data).hexdigest(), "size": len(data)}

    def _fail(self, status, code):
        self._answer(b"{}", status, {"X-Error-Code": code, "X-Error-Message": code})

    def _answer(self, body, status=200, headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
