"""The connections to Redis that serve the cache: one pool for each process."""

from typing import Any, ClassVar

from redis import ConnectionPool


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
