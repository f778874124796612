"""What is known of the work under way: the request it came with, its job, how long it took. Texts never come in here.

A request gets an id at the door. Its log lines carry the id, its response the header X-Request-ID, and the jobs that it
queues inherit it.
"""

import logging
import re
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from celery.signals import before_task_publish, task_postrun, task_prerun
from django.conf import settings
from django.http import HttpRequest

from config import metrics

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HEADER = "hitode_request_id"  # of a job
# What a proxy may hand in: nothing that could break out of a line of the log.
_PROPER = re.compile(rb"[A-Za-z0-9._-]{8,64}")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

log = logging.getLogger("config.work")


@dataclass(slots=True)
class Passage:
    """One request or one job on its way through this process."""

    request_id: str
    job: str = ""
    request: HttpRequest | None = None

    @property
    def route(self) -> str:
        """The pattern of the address, which holds nobody's key; empty where no address matched."""
        match = getattr(self.request, "resolver_match", None)
        return "" if match is None else f"/{match.route}"


_passage: ContextVar[Passage | None] = ContextVar("passage", default=None)
_jobs: dict[str, tuple[Token[Passage | None], float]] = {}


def passage_now() -> Passage | None:
    """What this code is run for; None in a command."""
    return _passage.get()


def request_note(request: HttpRequest | None) -> None:
    """Let the passage know its request, whose route is known later."""
    passage = _passage.get()
    if passage is not None:
        passage.request = request


class Observed:
    """An ASGI application with ids, measurements and a line in the log for each request."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        passage = Passage(_given_id(scope) or uuid4().hex)
        name = (b"x-request-id", passage.request_id.encode())
        began, first, status = time.perf_counter(), 0.0, 0

        async def send_on(message: Message) -> None:
            nonlocal first, status
            if message["type"] == "http.response.start":
                first, status = time.perf_counter() - began, message["status"]
                message["headers"] = [*message.get("headers", ()), name]
            await send(message)

        token = _passage.set(passage)
        try:
            await self.application(scope, receive, send_on)
        finally:
            _request_tell(passage, scope["method"], status, first, time.perf_counter() - began)
            _passage.reset(token)


def _given_id(scope: Scope) -> str:
    """The id that a proxy of ours gave the request; a visitor's own word is not taken."""
    if settings.TRUSTED_PROXIES > 0:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _PROPER.fullmatch(value):
                return str(value.decode())
    return ""


def _request_tell(passage: Passage, method: str, status: int, first: float, whole: float) -> None:
    """Count a request. `first` are the seconds to the beginning of its answer, 0 where nobody waited for one."""
    route = passage.route or "none"
    method = method if method in METHODS else "other"
    metrics.REQUESTS.labels(route, method, str(status or "left")).inc()
    if status:
        metrics.REQUEST_SECONDS.labels(route).observe(first)
    fields = {"route": route, "method": method, "status": status, "milliseconds": round(whole * 1000)}
    log.info("%s %s %s in %s ms", method, route, status, fields["milliseconds"], extra={"fields": fields})


@before_task_publish.connect(dispatch_uid="config.observing")
def _job_sign(headers: dict[str, Any] | None = None, **_kwargs: Any) -> None:
    passage = _passage.get()
    if passage is not None and headers is not None:
        headers[HEADER] = passage.request_id


@task_prerun.connect(dispatch_uid="config.observing")
def _job_begin(task_id: str, task: Any, **_kwargs: Any) -> None:
    passage = Passage(str(task.request.get(HEADER) or task_id), job=task.name)
    _jobs[task_id] = (_passage.set(passage), time.perf_counter())


@task_postrun.connect(dispatch_uid="config.observing")
def _job_end(task_id: str, task: Any, state: str | None = None, **_kwargs: Any) -> None:
    token, began = _jobs.pop(task_id)
    metrics.JOBS.labels(task.name, str(state or "unknown").lower()).inc()
    seconds = time.perf_counter() - began
    metrics.JOB_SECONDS.labels(task.name).observe(seconds)
    log.info("%s %s in %s ms", task.name, state, round(seconds * 1000), extra={"fields": {"state": state}})
    _passage.reset(token)
