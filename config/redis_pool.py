"""The connections to Redis that serve the cache: one pool for each process."""

from functools import cache
from typing import Any

from redis import ConnectionPool


class SharedPool(ConnectionPool):
    """Django makes a new cache client, with a pool of its own, for every request under ASGI; here they share one."""

    @classmethod
    def from_url(cls, url: str, **options: Any) -> ConnectionPool:
        """The process's pool for an address."""
        return _pool(url, tuple(sorted(options.items())))


@cache
def _pool(url: str, options: tuple[tuple[str, Any], ...]) -> ConnectionPool:
    return ConnectionPool.from_url(url, **dict(options))
