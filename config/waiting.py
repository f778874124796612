"""What waits in the broker, and for how long something has waited. The apps tell of their own queues."""

from datetime import datetime

import redis
from django.conf import settings
from django.utils import timezone

QUEUE = "celery"


def jobs_waiting() -> dict[str, float]:
    """Jobs that no worker has taken, and jobs that one has and has not finished."""
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5) as broker:
        waiting, in_hand = broker.llen(f"{prefix}{QUEUE}"), broker.hlen(f"{prefix}unacked")
    return {"jobs": float(waiting), "jobs_in_hand": float(in_hand)}


def seconds_since(moment: datetime | None) -> float:
    """How long ago that was; 0 where there is no such moment, or it is still to come."""
    return max(0.0, (timezone.now() - moment).total_seconds()) if moment else 0.0
