from django.conf import settings
from django.core.cache import caches

from config.redis_pool import SharedPool


def test_every_client_of_the_cache_shares_the_connections_of_its_process() -> None:
    first, second = (caches.create_connection("default") for _ in range(2))
    first.set("redis_pool", "here")

    assert second.get("redis_pool") == "here"
    assert first._cache._get_connection_pool(write=True) is second._cache._get_connection_pool(write=True)


def test_another_address_has_a_pool_of_its_own() -> None:
    other = settings.REDIS_URL.replace("db=", "db=1")

    assert SharedPool.from_url(settings.REDIS_URL) is not SharedPool.from_url(other)
