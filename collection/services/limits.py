"""How often a question may be asked, by whom and from where: counted in Redis, and refused when Redis does not answer.

Money has its own caps, in `budget.py`. An address is known here only as the hash of the day.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from limits import RateLimitItem, parse_many
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis import Redis, RedisError

from collection.errors import AnswerOpen, Barred, LimitsUnknown, TooOften
from collection.models import Participant
from config.redis_pool import SharedPool

# A place is renewed while its answer comes; of a process that died it is free again after this.
PLACE_SECONDS = 30
DAY_SECONDS = 24 * 3600
_PREFIX = "hitode:asking"

_TODAY = _(
    "That is all for today: you have asked as often as one can in a day. Your text is kept; please come back tomorrow."
)


def ask_admit(*, participant: Participant, address_hash: str, is_proven: bool) -> None:
    """Count a question against every rate, and take the place for an answer.

    Who brings no proof of work is held to the stricter rates. Raises `Barred`, `TooOften`, `AnswerOpen` and, when Redis
    does not answer, `LimitsUnknown`: what cannot be counted is not taken.
    """
    who = str(participant.public_id)
    rates = [(settings.RATES_PARTICIPANT, "participant", who), (settings.RATES_ADDRESS, "address", address_hash)]
    if not is_proven:
        rates.append((settings.RATES_UNPROVEN, "unproven", address_hash))
    try:
        if _redis().exists(_barred_key(address_hash)):
            raise Barred(barred_message())
        for rate, kind, key in rates:
            _count(rate, kind, key)
        if not _redis().set(_place_key(who), "1", nx=True, ex=PLACE_SECONDS):
            raise AnswerOpen()
    except RedisError:
        raise LimitsUnknown() from None


def places_renew(participants: Iterable[str]) -> None:
    """Keep the places of answers that still come."""
    pipeline = _redis().pipeline(transaction=False)
    for who in participants:
        pipeline.set(_place_key(who), "1", ex=PLACE_SECONDS)
    pipeline.execute()


def place_give_back(*, participant: Participant | None) -> None:
    """Let the participant ask again. Without Redis the place becomes free by itself."""
    if participant is not None:
        try:
            _redis().delete(_place_key(str(participant.public_id)))
        except RedisError:
            return


def address_bar(address_hash: str) -> None:
    """Take no question from an address for as long as its hash means anything: a day."""
    _redis().set(_barred_key(address_hash), "1", ex=DAY_SECONDS)


def first_use(key: str, *, seconds: int) -> bool:
    """Whether this is the first time that the key is used; it is remembered for so long. Raises `LimitsUnknown`."""
    try:
        return bool(_redis().set(f"{_PREFIX}:used:{key}", "1", nx=True, ex=seconds))
    except RedisError:
        raise LimitsUnknown() from None


def barred_message() -> str:
    """That questions are no longer accepted, and whom to ask about it."""
    message = _(
        "Questions from here are no longer accepted. What we keep of yours is still under “My data”. If you think this is a "
        "mistake, write to %(contact)s."
    )
    return str(message) % {"contact": settings.OPERATOR_CONTACT}


def _count(rates: str, kind: str, key: str) -> None:
    for rate in _parsed(rates):
        if _limiter().hit(rate, _PREFIX, kind, key):
            continue
        seconds = rate.get_expiry()
        details = {"scope": kind, "retry_after_seconds": seconds}
        raise TooOften(_TODAY, **details) if seconds >= DAY_SECONDS else TooOften(**details)


@cache
def _parsed(rates: str) -> list[RateLimitItem]:
    return parse_many(rates)


@cache
def _limiter() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(RedisStorage("redis://", connection_pool=cast(Any, _pool())))


@cache
def _redis() -> "Redis":
    return Redis(connection_pool=_pool())


def _pool() -> SharedPool:
    """Short patience: nobody should wait long to hear that we cannot say."""
    pool: SharedPool = SharedPool.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1)
    return pool


def _place_key(who: str) -> str:
    return f"{_PREFIX}:place:{who}"


def _barred_key(address_hash: str) -> str:
    return f"{_PREFIX}:barred:{address_hash}"
