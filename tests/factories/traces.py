"""Writing traces for tests: a writer's word on being recorded, and chains of buckets."""

import hashlib
from dataclasses import replace
from typing import Any

from annotation.cleanroom.trace import FIRST_HASH, Bucket, bucket_hash
from annotation.models import TraceChoice
from annotation.services.traces import trace_choose
from vendors.models import User


def make_trace_choice(writer: User, *, is_recorded: bool = True) -> TraceChoice:
    """The writer's word on recording."""
    return trace_choose(writer=writer, is_recorded=is_recorded)


def make_trace(*steps: dict[str, Any], first_hash: str = FIRST_HASH) -> list[Bucket]:
    """A chain of buckets, each ten seconds after the other, with lengths that fit their counts."""
    buckets: list[Bucket] = []
    previous, length = first_hash, 0
    for number, step in enumerate(steps, start=1):
        bucket = Bucket(**{"number": number, "previous_hash": previous, "started_ms": number * 10_000, **step})
        length += bucket.inserted - bucket.deleted
        bucket = replace(bucket, length=length, draft_sha256=hashlib.sha256(str(length).encode()).hexdigest())
        previous = bucket_hash(previous, bucket)
        buckets.append(bucket)
    return buckets


def make_person(buckets: int = 20) -> list[dict[str, Any]]:
    """Someone who composes: uneven, with pauses, deletions and corrections further up."""
    pace = (30, 4, 22, 0, 41, 12, 8, 35, 0, 17)
    return [
        {
            "composed": pace[number % 10],
            "deleted": 3 if pace[number % 10] > 10 else 0,
            "inserted_before_end": 5 if number % 4 == 0 else 0,
            "pauses": (10, 3, 2, 1, 1, 0),
        }
        for number in range(buckets)
    ]


def make_copyist(buckets: int = 20) -> list[dict[str, Any]]:
    """Someone who types off a sheet: steady, straight through, nothing taken back."""
    return [{"typed": 25 + number % 3, "pauses": (25, 1, 0, 0, 0, 0)} for number in range(buckets)]


def bucket(number: int, **counts: Any) -> dict[str, Any]:
    """A bucket as the editor sends it: what is zero is left out."""
    return {"number": number, "started_ms": 0, "length": 0, **counts}
