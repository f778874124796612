"""Many writers at once over HTTP, each on a connection of its own: `python -m tests.bench.writers < plan > result`.

A program of its own, without Django and without an HTTP library, so that it takes as little as it can of the cores it
shares with the site: one thread, one epoll, requests made before the clock starts.
"""

import hashlib
import itertools
import select
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

NOTHING_IN_HAND = ""
CHARACTERS_A_BUCKET = 30


@dataclass
class Load:
    """What everybody does, and how many milliseconds each request took, by its kind."""

    bodies: Iterator[dict[str, bytes]]
    steps: list[str]
    took: dict[str, list[float]] = field(default_factory=lambda: {"claim": [], "page": [], "draft": [], "submit": []})
    failures: list[str] = field(default_factory=list)
    until_empty: bool = False  # an empty queue is the end, and no mistake


def buckets_of(text: str) -> list[dict[str, Any]]:
    """A writing trace that fits the text: typed in steps of ten seconds, with a little taken back."""
    buckets = []
    for number, end in enumerate(range(CHARACTERS_A_BUCKET, len(text) + CHARACTERS_A_BUCKET, CHARACTERS_A_BUCKET), 1):
        length = min(end, len(text))
        counts = dict.fromkeys(("typed", "pasted", "pasted_own", "pasted_quote", "dropped", "replaced", "undone"), 0)
        counts |= dict.fromkeys(("largest_insertion", "untrusted", "blurred_ms", "hidden_ms", "focus_losses"), 0)
        added = length - (number - 1) * CHARACTERS_A_BUCKET
        counts |= {"number": number, "started_ms": number * 10_000, "composed": added + 2, "deleted": 2}
        counts |= {"inserted_before_end": 3, "length": length}
        digest = hashlib.sha256(text[:length].encode()).hexdigest()
        buckets.append({**counts, "pauses": [20, 4, 2, 1, 1, 0], "draft_sha256": digest})
    return buckets


def bodies_of(text: str, *, is_joined: bool) -> dict[str, bytes]:
    """What the editor sends for an autosave, and when "Send" is pressed."""
    sent = {"text": text, "base_revision": 0, "buckets": buckets_of(text), "is_attested": True}
    draft = {"text": text, "base_revision": 0, "buckets": []}
    return {"draft": orjson.dumps(draft), "submit": orjson.dumps({**sent, "claims_next": is_joined})}


class Writer:
    """One person on one connection: claim, then the plan's steps with the task, the last of which is to submit it.

    The next task is claimed, or came in the answer.
    """

    def __init__(self, load: Load, address: tuple[str, int], headers: dict[str, str]) -> None:
        self.load = load
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.head = f"Host: {address[0]}:{address[1]}\r\n{lines}".encode()
        self.task = NOTHING_IN_HAND
        self.step = "claim"
        self.left: list[str] = []
        self.sent: dict[str, bytes] = {}
        self.read = b""
        self.started = 0.0
        self.is_done = False

    def send(self) -> None:
        """Press the button that comes next: "Start the next task", or "Send"."""
        if self.task == NOTHING_IN_HAND:
            self.step = "claim"
            request = b"POST /work/claim/ HTTP/1.1\r\n%sContent-Length: 0\r\n\r\n" % self.head
        else:
            if not self.left:
                self.left, self.sent = list(self.load.steps), next(self.load.bodies)
            self.step = self.left.pop(0)
            request = self._with_task()
        self.started = time.perf_counter()
        self.socket.sendall(request)

    def _with_task(self) -> bytes:
        task = self.task.encode()
        if self.step == "page":
            return b"GET %s HTTP/1.1\r\n%s\r\n" % (task, self.head)
        body = self.sent[self.step]
        request = b"POST %s%s/ HTTP/1.1\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        return request % (task, self.step.encode(), self.head, len(body), body)

    def receive(self) -> bool:
        """Take what came; whether the answer is whole now, and understood."""
        self.read += self.socket.recv(65536)
        head, end, body = self.read.partition(b"\r\n\r\n")
        if not end:
            return False
        headers = {
            name.lower(): value for name, value in (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        }
        if len(body) < int(headers["content-length"]):
            return False
        self.read = b""
        took = 1000 * (time.perf_counter() - self.started)
        if self.step == "claim":
            self._claimed(int(head[9:12]), headers, took)
        elif self.step == "submit":
            self._submitted(int(head[9:12]), body, took)
        elif int(head[9:12]) == 200:
            self.load.took[self.step].append(took)
        else:
            raise RuntimeError(f"{self.step}: {head[:200]!r}")
        return True

    def _claimed(self, status: int, headers: dict[str, str], took: float) -> None:
        if status == 302 and self.load.until_empty and "/work/tasks/" not in headers["location"]:
            self.is_done = True
            return
        if status != 302 or "/work/tasks/" not in headers["location"]:
            raise RuntimeError(f"no task: {status} {headers}")
        self.load.took["claim"].append(took)
        self.task = headers["location"]

    def _submitted(self, status: int, body: bytes, took: float) -> None:
        if status == 422:
            self.load.failures.append(body.decode())  # the gate refused the text; the next one will do
            return
        if status != 200:
            raise RuntimeError(f"not sent: {status} {body[:500]!r}")
        self.load.took["submit"].append(took)
        following = orjson.loads(body)["next"]
        self.task = following["url"] if following else NOTHING_IN_HAND


def work(plan: dict[str, Any]) -> dict[str, Any]:
    """Let everybody write for `seconds`, and finish what they have begun."""
    bodies = [bodies_of(text, is_joined=plan["is_joined"]) for text in plan["texts"]]
    load = Load(itertools.cycle(bodies), plan.get("steps", ["submit"]), until_empty=plan.get("until_empty", False))
    place = urlsplit(plan["url"])
    writers = [Writer(load, (str(place.hostname), int(place.port or 80)), headers) for headers in plan["writers"]]
    waiting = {writer.socket.fileno(): writer for writer in writers}
    began, spent = time.perf_counter(), time.process_time()
    pause = plan.get("pause_seconds", 0)
    due: list[tuple[float, int]] = []  # when who goes on, soonest first: everybody pauses equally long
    with select.epoll() as poll:
        for number, descriptor in enumerate(waiting):
            poll.register(descriptor, select.EPOLLIN)
            due.append((began + pause * number / len(waiting), descriptor))
        while waiting:
            while due and due[0][0] <= time.perf_counter():
                waiting[due.pop(0)[1]].send()
            for descriptor, _event in poll.poll(max(0.0, due[0][0] - time.perf_counter()) if due else None):
                writer = waiting[descriptor]
                if not writer.receive():
                    continue
                if not writer.is_done and (writer.left or time.perf_counter() - began < plan["seconds"]):
                    due.append((time.perf_counter() + pause, descriptor))
                else:
                    poll.unregister(descriptor)
                    del waiting[descriptor]
    return {
        "milliseconds": load.took,
        "seconds": time.perf_counter() - began,
        "processor_seconds": time.process_time() - spent,
        "refused": load.failures,
    }


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(work(orjson.loads(sys.stdin.buffer.read()))))
