"""A crowd of writers and readers who go on whatever happens, and remember exactly what the site acknowledged.

What was sent and never answered may or may not have been done; nobody here claims to know.
"""

import hashlib
import http.client
import json
import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg

from tests.races import PATIENCE_SECONDS

TROUBLES = (OSError, http.client.HTTPException, ValueError)
PAUSE_SECONDS = 0.3  # before somebody tries again
# Before somebody asks again. With answers that take half a second every fourth of them is under way at any moment, and the
# workers have time to screen what is asked.
READING_SECONDS = 1.5
# Before somebody writes the next text: without any, sixteen of them take the machine that is to recover under them.
WRITING_SECONDS = 0.3
PATIENT_WRITING_SECONDS = 1.0


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Acknowledged:
    """What the site said that it had done, and how often it could not be reached or refused to serve."""

    drafts: dict[str, tuple[int, str]] = field(default_factory=dict)  # by task, the newest revision and its hash
    sent: dict[str, str] = field(default_factory=dict)  # by task, the hash of the text that was taken
    answers: dict[str, str] = field(default_factory=dict)  # by instruction, the whole answer
    troubles: int = 0


class Person(threading.Thread, ABC):
    """Somebody with a browser of their own, who tries again after a short pause, and rests after what succeeded."""

    rest_seconds = 0.0

    def __init__(self, url: str, headers: dict[str, str], told: Acknowledged, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        where = urlsplit(url)
        self.address, self.headers = (str(where.hostname), int(where.port or 80)), headers
        self.told, self.stop = told, stop
        self.line: http.client.HTTPConnection | None = None

    def run(self) -> None:
        self.stop.wait(random.uniform(0, self.rest_seconds))
        while not self.stop.is_set():
            try:
                self.act()
                self.stop.wait(self.rest_seconds)
            except TROUBLES:
                self.told.troubles += 1
                if self.line is not None:
                    self.line.close()
                self.line = None
                time.sleep(PAUSE_SECONDS)

    @abstractmethod
    def act(self) -> None:
        """One thing that somebody does; raises when nobody answered, or with an error of the site's own."""

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
        if self.line is None:
            self.line = http.client.HTTPConnection(*self.address, timeout=PATIENCE_SECONDS / 2)
        self.line.request(method, path, body, {**self.headers, **headers})
        response = self.line.getresponse()
        if response.status >= 500:
            response.read()
            raise ValueError(response.status)
        return response


class Writer(Person):
    """Claims, saves twice, sends, and goes on with the next task."""

    rest_seconds = WRITING_SECONDS

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.task, self.revision, self.number = "", 0, 0

    def act(self) -> None:
        if not self.task:
            response = self.ask("POST", "/work/claim/")
            response.read()
            where = response.headers.get("Location", "")
            if response.status != 302 or "/work/tasks/" not in where:
                raise ValueError("no task")
            self.task, self.revision = where, 0
        self.number += 1
        text = (
            f"{self.name}が{self.number}番目に書いた文章です。港の朝は早く、船が戻るころには市場に灯がともっています。"
        )
        for part in (text[: len(text) // 2], text):
            self.save(part)
        body = {"text": text, "base_revision": self.revision, "buckets": [], "is_attested": True, "claims_next": True}
        status, told = self.json("submit", body)
        if status != 200:
            raise ValueError(status)
        self.told.sent[self.task] = sha256(text)
        self.task, self.revision = (told["next"] or {"url": ""})["url"], 0

    def save(self, text: str) -> None:
        """Save the draft; from where the server says that it is, if a save before was done and never answered."""
        for _try in range(2):
            status, told = self.json("draft", {"text": text, "base_revision": self.revision, "buckets": []})
            if status == 409 and "revision" in told:
                self.revision = told["revision"]
                continue
            if status != 200:
                self.task = ""
                raise ValueError(status)
            self.revision = told["revision"]
            self.told.drafts[self.task] = (self.revision, sha256(text))
            return
        raise ValueError("conflict")

    def json(self, what: str, body: dict[str, Any]) -> tuple[int, Any]:
        try:
            response = self.ask(
                "POST", f"{self.task}{what}/", json.dumps(body).encode(), **{"Content-Type": "application/json"}
            )
            return response.status, json.loads(response.read())
        except TROUBLES:
            self.task = ""  # whether it was done is found by asking for the task in hand
            raise


class Reader(Person):
    """Asks, reads the whole answer, and after a while asks again."""

    rest_seconds = READING_SECONDS

    def act(self) -> None:
        question = urlencode({"instruction": f"空はなぜ青いのですか。（{time.monotonic_ns()}）", "input": ""}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/event-stream, application/json"}
        response = self.ask("POST", "/ask/stream", question, **kind)
        blocks = [block.split("\n", 1) for block in response.read().decode().split("\n\n") if block.strip()]
        if response.status != 200:
            raise ValueError(response.status)
        events = [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]
        if events[-1][0] != "done" or events[-1][1]["status"] != "complete":
            raise ValueError(events[-1])
        self.told.answers[events[0][1]["id"]] = "".join(data["text"] for name, data in events if name == "delta")


class Crowd:
    """Everybody, at work while the block lasts."""

    def __init__(self, url: str, writers: Sequence[dict[str, str]], readers: Sequence[dict[str, str]]) -> None:
        self.told, self.stop = Acknowledged(), threading.Event()
        self.people: list[Person] = [Writer(url, one, self.told, self.stop) for one in writers]
        self.people += [Reader(url, one, self.told, self.stop) for one in readers]

    @contextmanager
    def at_work(self) -> Iterator["Crowd"]:
        for person in self.people:
            person.start()
        try:
            self.await_more()
            yield self
        finally:
            self.leave()

    def take_their_time(self) -> None:
        """Let writers rest longer after each text: of what they hand in while something takes long, nothing is left for later."""
        for person in self.people:
            person.rest_seconds = max(person.rest_seconds, PATIENT_WRITING_SECONDS)

    def leave(self) -> None:
        """Everybody ends what they are at, and goes."""
        self.stop.set()
        for person in self.people:
            person.join(PATIENCE_SECONDS)

    def await_more(self, *, sent: int = 16, answers: int = 16) -> float:
        """Wait until so much more was acknowledged than now; returns the seconds that it took, which are bounded."""
        began = time.monotonic()
        wanted = (len(self.told.sent) + sent, len(self.told.answers) + answers)
        while (len(self.told.sent), len(self.told.answers)) < wanted or len(self.told.answers) < wanted[1]:
            took = time.monotonic() - began
            assert took < PATIENCE_SECONDS, (
                f"nothing goes on: {len(self.told.sent)} texts, {len(self.told.answers)} answers"
            )
            time.sleep(0.02)
        return time.monotonic() - began


def counted(told: Acknowledged, database: psycopg.Connection[Any]) -> dict[str, int]:
    """What was acknowledged and is not there, what is there twice, and which sums do not agree; all should be 0."""
    found: dict[str, list[str]] = {}
    for task, digest in database.execute(
        "SELECT t.public_id::text, s.text_sha256 FROM annotation_submission s JOIN annotation_task t ON t.id = s.task_id"
    ):
        found.setdefault(f"/work/tasks/{task}/", []).append(digest)
    drafts = {
        f"/work/tasks/{task}/": (revision, sha256(text))
        for task, revision, text in database.execute(
            "SELECT t.public_id::text, d.revision, d.text FROM annotation_draft d JOIN annotation_task t ON t.id = d.task_id"
        )
    }
    answers = dict(
        database.execute(
            "SELECT i.public_id::text, r.text FROM collection_reference r JOIN collection_instruction i"
            " ON i.id = r.instruction_id WHERE r.status = 'complete'"
        ).fetchall()
    )
    kept = {
        task: drafts.get(task, (0, ""))
        for task, (revision, digest) in told.drafts.items()
        if drafts.get(task, (0, ""))[0] < revision or (drafts[task][0] == revision and drafts[task][1] != digest)
    }
    return {
        "texts lost": sum(1 for task, digest in told.sent.items() if digest not in found.get(task, [])),
        "texts twice": sum(1 for digests in found.values() if len(digests) > 1),
        "saves lost": len(kept),
        "answers lost": sum(1 for question, text in told.answers.items() if answers.get(question) != text),
        **{name: int(database.execute(sql).fetchone()[0]) for name, sql in SUMS.items()},  # type: ignore[index,arg-type]
    }


SUMS = {
    "tasks with another text than their own": "SELECT count(*) FROM annotation_task t LEFT JOIN annotation_submission s"
    " ON s.id = t.current_submission_id AND s.task_id = t.id WHERE t.status = 'submitted' AND s.id IS NULL",
    "texts without a report": "SELECT count(*) FROM annotation_submission s"
    " WHERE NOT EXISTS (SELECT FROM annotation_gatereport g WHERE g.submission_id = s.id)",
    "moves twice": "SELECT count(*) FROM (SELECT FROM annotation_tasktransition WHERE to_status = 'submitted'"
    " GROUP BY subject_id HAVING count(*) > 1) twice",
    "answers charged twice": "SELECT count(*) FROM (SELECT FROM collection_ledgerentry"
    " GROUP BY reference_id, kind HAVING count(*) > 1) twice",
    "caps passed": "SELECT count(*) FROM collection_cap WHERE spent_microusd + reserved_microusd > limit_microusd",
    "caps that differ from the ledger": "SELECT count(*) FROM (SELECT scope, sum(spent_microusd) AS spent, sum(reserved_microusd) AS"
    " reserved FROM collection_cap WHERE scope IN ('total', 'day', 'participant_day') GROUP BY scope) c,"
    " (SELECT coalesce(sum(amount_microusd) FILTER (WHERE kind = 'settled'), 0) AS spent,"
    " coalesce(sum(amount_microusd) FILTER (WHERE kind = 'reserved' AND NOT EXISTS (SELECT FROM collection_ledgerentry s"
    " WHERE s.reference_id = l.reference_id AND s.kind = 'settled')), 0) AS reserved FROM collection_ledgerentry l) l"
    " WHERE c.spent <> l.spent OR c.reserved <> l.reserved",
}
