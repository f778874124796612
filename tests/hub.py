"""A dataset hub on the loopback that speaks the calls of `huggingface_hub`: repositories, trees, Git LFS, commits, tags, files."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

TOKEN = "hf_invented_for_these_tests"


@dataclass
class Repo:
    """Files by path; those in `large` are kept by Git LFS."""

    files: dict[str, bytes] = field(default_factory=lambda: {".gitattributes": b"*.parquet filter=lfs\n"})
    large: set[str] = field(default_factory=set)
    commits: list[dict[str, Any]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def head(self) -> str:
        return hashlib.sha1(str(len(self.commits)).encode()).hexdigest()


@dataclass
class Hub:
    """What the hub holds and was asked. Text above `large_above` bytes goes by LFS; `put_fails` says which uploads break."""

    url: str = ""
    large_above: int = 400
    repos: dict[str, Repo] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    puts: list[str] = field(default_factory=list)
    put_fails: Callable[[int], int | None] = lambda number: None

    def asked_for(self, part: str) -> list[str]:
        return [one for one in self.asked if part in one]


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A hub that runs until the block ends."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield hub
        server.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: ClassVar[Hub]
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: apart, each answer waits 40 ms for the client's acknowledgement

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self._note()
        if not self._is_allowed():
            return
        path = self.path.partition("?")[0]
        if path.startswith("/datasets/"):
            self._file(*path.removeprefix("/datasets/").split("/resolve/"))
            return
        name = "/".join(path.split("/")[3:5])
        repo = self.hub.repos.get(name)
        if repo is None:
            self._say(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        elif f"/{name}/tree/" in path:
            self._say(200, [_entry(repo, file) for file in sorted(repo.files)])
        elif path.endswith("/refs"):
            tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": at} for tag, at in repo.tags.items()]
            self._say(200, {"branches": [], "converts": [], "tags": tags})
        else:
            files = [{"rfilename": file} for file in sorted(repo.files)]
            self._say(200, {"id": name, "sha": repo.head, "private": False, "tags": [], "siblings": files})

    def _file(self, name: str, revision_and_file: str) -> None:
        repo, file = self.hub.repos[name], revision_and_file.partition("/")[2]
        entry = _entry(repo, file)
        self._send(200, repo.files[file], {"ETag": f'"{entry["oid"]}"', "X-Repo-Commit": repo.head})

    def do_DELETE(self) -> None:
        self._note()
        if self._is_allowed():
            parts = self.path.strip("/").split("/")
            del self.hub.repos["/".join(parts[2:4])].tags[parts[5]]
            self._say(200, {})

    def do_PUT(self) -> None:
        # A storage behind the hub: its address is the permission, and it is sent no token.
        oid = self.path.rpartition("/")[2]
        content = self._body()
        self._note()
        self.hub.puts.append(oid)
        status = self.hub.put_fails(len(self.hub.puts))
        if status == 0:
            self.close_connection = True  # broken off without a word
        elif status:
            self._say(status, {"error": "The storage refused."})
        else:
            self.hub.objects[hashlib.sha256(content).hexdigest()] = content
            self._say(200, {})

    def do_POST(self) -> None:
        body = self._body()
        self._note()
        if not self._is_allowed():
            return
        path = self.path.partition("?")[0]
        parts = path.strip("/").split("/")
        if path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}"
            is_new = name not in self.hub.repos
            self.hub.repos.setdefault(name, Repo())
            told = {"url": f"{self.hub.url}/datasets/{name}", "name": name}
            self._say(
                200 if is_new else 409, told if is_new else {**told, "error": "You already created this dataset repo"}
            )
        elif path == "/api/validate-yaml":
            errors = [] if json.loads(body)["content"].startswith("---\n") else [{"message": "There is no metadata."}]
            self._say(400 if errors else 200, {"errors": errors, "warnings": []})
        elif path.endswith(".git/info/lfs/objects/batch"):
            self._say(200, {"transfer": "basic", "objects": [self._action(one) for one in json.loads(body)["objects"]]})
        elif path == "/verify":
            self._say(200 if json.loads(body)["oid"] in self.hub.objects else 404, {})
        else:
            repo = self.hub.repos["/".join(parts[2:4])]
            {"preupload": self._preupload, "commit": self._commit, "tag": self._tag}[parts[4]](repo, body, parts)

    def _action(self, asked: dict[str, Any]) -> dict[str, Any]:
        known = {"oid": asked["oid"], "size": asked["size"]}
        if asked["oid"] in self.hub.objects:
            return known
        upload = {"href": f"{self.hub.url}/storage/{asked['oid']}"}
        return {**known, "actions": {"upload": upload, "verify": {"href": f"{self.hub.url}/verify"}}}

    def _preupload(self, repo: Repo, body: bytes, parts: list[str]) -> None:
        def told(file: dict[str, Any]) -> dict[str, Any]:
            is_large = file["size"] > self.hub.large_above and not file["path"].endswith((".md", ".py"))
            return {"path": file["path"], "uploadMode": "lfs" if is_large else "regular", "shouldIgnore": False}

        self._say(200, {"files": [told(file) for file in json.loads(body)["files"]]})

    def _commit(self, repo: Repo, body: bytes, parts: list[str]) -> None:
        header: dict[str, Any] = {}
        for line in body.splitlines():
            one = json.loads(line)
            value = one["value"]
            if one["key"] == "header":
                header = value
            elif one["key"] == "deletedFile":
                del repo.files[value["path"]]
                repo.large.discard(value["path"])
            elif one["key"] == "lfsFile":
                repo.files[value["path"]] = self.hub.objects[value["oid"]]
                repo.large.add(value["path"])
            else:
                repo.files[value["path"]] = base64.b64decode(value["content"])
                repo.large.discard(value["path"])
        repo.commits.append(header)
        self._say(200, {"commitUrl": f"{self._address(parts)}/commit/{repo.head}", "commitOid": repo.head})

    def _tag(self, repo: Repo, body: bytes, parts: list[str]) -> None:
        tag = json.loads(body)["tag"]
        is_new = tag not in repo.tags
        repo.tags.setdefault(tag, parts[5])
        self._say(200 if is_new else 409, {})

    def _address(self, parts: list[str]) -> str:
        return "/".join([self.hub.url, *parts[1:4]])

    def _note(self) -> None:
        self.hub.asked.append(f"{self.command} {self.path}")
        self.hub.tokens.append(self.headers.get("Authorization"))

    def _is_allowed(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self._say(401, {"error": "Invalid credentials in Authorization header"})
        return False

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _say(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _entry(repo: Repo, path: str) -> dict[str, Any]:
    content = repo.files[path]
    sha1 = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(content), "oid": sha1}
    if path in repo.large:
        entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
    return entry
