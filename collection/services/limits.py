"""How often a question may be asked, by whom and from where: counted in Redis, and refused when Redis does not answer.

Money has its own caps, in `budget.py`. An address is known here only as the hash of the day.
"""

from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import NoReturn

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from limits import RateLimitItem, parse_many
from limits.storage import RedisStorage
from redis import Redis, RedisError
from redis.commands.core import Script

from collection.errors import AnswerOpen, Barred, LimitsUnknown, TooOften
from collection.models import Participant
from config.redis_pool import SharedPool

# A place is renewed while its answer comes; of a process that died it is free again after this.
PLACE_SECONDS = 15
DAY_SECONDS = 24 * 3600
_PREFIX = "hitode:asking"

_TODAY = _(
    "That is all for today: you have asked as often as one can in a day. Your text is kept; please come back tomorrow."
)


def ask_admit(*, participant: Participant, address_hash: str, is_proven: bool) -> None:
    """Count a question against every rate, and take the place for an answer: one round trip to Redis.

    Who brings no proof of work is held to the stricter rates; who has an answer open is not counted, and may try again soon. Raises `Barred`, `TooOften`, `AnswerOpen` and, when Redis
    does not answer, `LimitsUnknown`: what cannot be counted is not taken.
    """
    who = str(participant.public_id)
    limits = [(settings.RATES_PARTICIPANT, "participant", who), (settings.RATES_ADDRESS, "address", address_hash)]
    if not is_proven:
        limits.append((settings.RATES_UNPROVEN, "unproven", address_hash))
    counted = [(kind, rate, rate.key_for(_PREFIX, kind, key)) for rates, kind, key in limits for rate in _parsed(rates)]
    keys = [_barred_key(address_hash), _place_key(who), *(key for _kind, _rate, key in counted)]
    values = [PLACE_SECONDS]
    for _kind, rate, _key in counted:
        values += [rate.amount, rate.get_expiry()]
    try:
        refused_by = _limiter()(keys=keys, args=values)
    except RedisError:
        raise LimitsUnknown() from None
    if refused_by == _BARRED:
        raise Barred(barred_message())
    if refused_by == _OPEN:
        raise AnswerOpen()
    if refused_by:
        kind, rate, _key = counted[refused_by - 1]
        _refuse(kind, rate)


def places_renew(participants: Iterable[str]) -> None:
    """Keep the places of answers that still come; one that was given back meanwhile stays free."""
    pipeline = _redis().pipeline(transaction=False)
    for who in participants:
        pipeline.expire(_place_key(who), PLACE_SECONDS)
    pipeline.execute()


def place_give_back(*, participant: Participant | None) -> None:
    """Let the participant ask again. Without Redis the place becomes free by itself."""
    places_give_back([participant])


def places_give_back(participants: Iterable[Participant | None]) -> None:
    """As `place_give_back`, for many at once."""
    keys = [_place_key(str(participant.public_id)) for participant in participants if participant is not None]
    if keys:
        with suppress(RedisError):
            _redis().delete(*keys)


def addresses_bar(address_hashes: Iterable[str]) -> None:
    """Take no question from these addresses for as long as their hashes mean anything: a day. Raises `redis.RedisError`."""
    for address_hash in address_hashes:
        _redis().set(_barred_key(address_hash), "1", ex=DAY_SECONDS)


def addresses_free(address_hashes: Iterable[str]) -> None:
    """Take questions from these addresses again. Raises `redis.RedisError`."""
    for address_hash in address_hashes:
        _redis().delete(_barred_key(address_hash))


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
        "mistake, write to %(contact)s and give your number, which stands there."
    )
    return str(message) % {"contact": settings.OPERATOR_CONTACT}


def _refuse(kind: str, rate: RateLimitItem) -> NoReturn:
    seconds = rate.get_expiry()
    details = {"scope": kind, "retry_after_seconds": seconds}
    raise TooOften(_TODAY, **details) if seconds >= DAY_SECONDS else TooOften(**details)


@cache
def _parsed(rates: str) -> list[RateLimitItem]:
    return parse_many(rates)


# What says no first: a number counts the rates from one.
_BARRED, _OPEN = -1, -2

# The library's own script for one rate, run for each of them, until one says no, on the server.
_ADMIT = f"""
local function is_within(KEYS, ARGV)
{RedisStorage.SCRIPT_ACQUIRE_SLIDING_WINDOW.decode()}
end
if redis.call('exists', KEYS[1]) == 1 then return {_BARRED} end
if redis.call('exists', KEYS[2]) == 1 then return {_OPEN} end
for number = 1, #KEYS - 2 do
    local key = KEYS[number + 2]
    if not is_within({{key .. '/-1', key}}, {{ARGV[2 * number], ARGV[2 * number + 1], 1}}) then return number end
end
if not redis.call('set', KEYS[2], '1', 'NX', 'EX', ARGV[1]) then return {_OPEN} end
return 0
"""


@cache
def _limiter() -> Script:
    return _redis().register_script(_ADMIT)


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
