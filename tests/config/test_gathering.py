"""What comes close together is one job, and a broker that is away gets it later."""

import base64
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from celery import Celery
from django.conf import settings
from pytest_django.fixtures import Settings

from config import gathering
from config.gathering import Gathering, for_each, for_groups

QUEUE = "tests.gathered"  # nobody takes from it
SOCKET = Path(urlsplit(settings.REDIS_URL).path)


def job_for(socket: Path, done: list[int] | None = None) -> Any:
    """A job of an application of its own, whose broker is behind a socket; with `done`, it is never queued."""
    database = urlsplit(settings.REDIS_URL).query.removeprefix("db=")
    app = Celery(QUEUE, broker=f"redis+socket://{socket}?virtual_host={database}", set_as_current=False)
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    app.conf.task_default_queue = QUEUE
    app.conf.task_always_eager = done is not None

    @app.task(name="tests.gathered")
    def gathered(keys: list[int]) -> None:
        if done is not None:
            done.extend(keys)

    return gathered


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client
        client.delete(f"hitode:{QUEUE}")


def jobs_in(broker: redis.Redis, count: int) -> list[list[int]]:
    """The keys of each job that was queued, the oldest first, once there are so many."""
    key = f"hitode:{QUEUE}"
    deadline = time.monotonic() + 20
    while broker.llen(key) < count and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.02)
    messages = [json.loads(message) for message in reversed(broker.lrange(key, 0, -1))]  # type: ignore[arg-type]
    return [json.loads(base64.b64decode(message["body"]))[0][0] for message in messages]


def test_what_comes_close_together_is_one_job(broker: redis.Redis) -> None:
    waiting = Gathering(job_for(SOCKET), 0.3)
    for key in (3, 1, 2):
        waiting.add(key)
    assert jobs_in(broker, 1) == [[3, 1, 2]]
    waiting.add(4)
    assert jobs_in(broker, 2) == [[3, 1, 2], [4]]


def test_what_the_broker_did_not_take_is_brought_to_it_again(
    broker: redis.Redis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(gathering, "AGAIN_SECONDS", 0.2)
    socket = tmp_path / "redis.sock"
    Gathering(job_for(socket), 0.05).add(1)
    deadline = time.monotonic() + 20
    while caplog.text.count("The broker does not answer") < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert caplog.text.count("The broker does not answer") >= 2
    assert jobs_in(broker, 0) == []
    socket.symlink_to(SOCKET)  # it is there again
    assert jobs_in(broker, 1) == [[1]]


def test_without_a_queue_the_job_is_done_at_once(settings: Settings) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    done: list[int] = []
    Gathering(job_for(SOCKET, done), 60).add(5)
    assert done == [5]


def test_a_row_for_which_a_job_fails_keeps_it_from_no_other_row() -> None:
    seen = []

    def act(key: int) -> None:
        if key == 1:
            raise ValueError("not this one")
        seen.append(key)

    with pytest.raises(ValueError, match="not this one"):
        for_each([1, 2, 3], act)
    assert seen == [2, 3]


def test_a_row_for_which_a_job_fails_keeps_its_group_from_no_other_row() -> None:
    seen: list[list[int]] = []

    def act(keys: Sequence[int]) -> None:
        if 3 in keys:
            raise ValueError("not this one")
        seen.append(list(keys))

    with pytest.raises(ValueError, match="not this one"):
        for_groups([1, 2, 3, 4, 5], 2, act)
    assert seen == [[1, 2], [4], [5]]
