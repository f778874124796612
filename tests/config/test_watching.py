"""The real programs as an operator watches them: one id from the request to its job, figures of all processes in one place."""

import json
import re
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.core.cache import cache

from collection.models import Instruction
from tests.factories.collection import ask_of, make_participant
from tests.live import Live
from tests.races import until

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

QUESTION = "秘密の合言葉はヒトデである。空はなぜ青いのですか。"


def lines_of(live: Live, program: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in live.log(program).splitlines() if line.startswith("{")]


def figures(live: Live) -> dict[str, float]:
    with urlopen(f"{live.url}/metrics", timeout=10) as response:
        pairs = [line.rsplit(" ", 1) for line in response.read().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in pairs}


def test_a_request_is_followed_to_its_job_and_no_text_is_in_any_line(live: Live) -> None:
    cache.clear()
    asked = ask_of(live.url, make_participant(), QUESTION)
    with urlopen(asked, timeout=30) as response:
        request_id = response.headers["X-Request-ID"]
        response.read()
    assert re.fullmatch(r"[0-9a-f]{32}", request_id)
    until(lambda: Instruction.objects.exclude(status="received").exists())
    # Its line is written when the answer has been sent.
    (request,) = until(lambda: [line for line in lines_of(live, "web") if line.get("request_id") == request_id])
    assert (request["route"], request["method"], request["status"]) == ("/ask/stream", "POST", 200)
    job = until(lambda: [line for line in lines_of(live, "worker") if line.get("request_id") == request_id])[0]
    assert (job["job"], job["state"]) == ("collection.jobs.instructions_screen", "SUCCESS")
    assert "合言葉" not in live.log("web") + live.log("worker")


def test_the_figures_of_the_web_server_and_the_worker_are_in_one_place(live: Live) -> None:
    cache.clear()
    # Few tests ask for this page, and what was asked for just before is counted only when its answer has been sent.
    page, job = (
        'hitode_requests_total{method="GET",route="/cookies/",status="200"}',
        "collection.jobs.instructions_screen",
    )
    jobs = f'hitode_jobs_total{{job="{job}",state="success"}}'
    before = figures(live)
    for _ in range(3):
        urlopen(Request(f"{live.url}/cookies/", headers={"X-Request-ID": "chosen-by-a-visitor"}), timeout=10).close()
    with urlopen(ask_of(live.url, make_participant(), QUESTION), timeout=30) as response:
        response.read()
    until(lambda: figures(live).get(jobs, 0) > before.get(jobs, 0))
    after = figures(live)
    assert after[page] - before.get(page, 0) == 3
    assert after['hitode_queue_length{queue="jobs"}'] == 0
    assert after["hitode_unread"] == 0
    assert "chosen-by-a-visitor" not in live.log("web")
