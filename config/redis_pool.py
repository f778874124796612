"""The connections to Redis that serve the cache: one pool, and one client on it, for each process."""

from functools import cached_property
from typing import Any, ClassVar

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import ConnectionPool, Redis


class SharedPool(ConnectionPool):
    """Django makes a new cache client, with a pool of its own, for every request under ASGI; here they share one."""

    _shared: ClassVar[dict[tuple[Any, ...], "SharedPool"]] = {}

    @classmethod
    def from_url(cls, url: str, **options: Any) -> "SharedPool":
        """The process's pool for an address."""
        key = (url, *sorted(options.items()))
        if key not in cls._shared:
            cls._shared.setdefault(key, super().from_url(url, **options))
        return cls._shared[key]

    @cached_property
    def client(self) -> "Redis":
        """The client on this pool, which threads may share: to make one takes four times as long as to ask it something."""
        return Redis(connection_pool=self)


class _Client(RedisCacheClient):
    def get_client(self, key: Any = None, *, write: bool = False) -> "Redis":
        pool: SharedPool = self._get_connection_pool(write)  # type: ignore[attr-defined]
        return pool.client


class SharedCache(RedisCache):
    """Django's cache in Redis, which would make a client for every question."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client
