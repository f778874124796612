"""What the gateway's tests share: the loop's connections are closed when a test ends."""

from collections.abc import AsyncIterator

import pytest

from collection import gateway


@pytest.fixture(autouse=True)
async def closed_connections() -> AsyncIterator[None]:
    yield
    await gateway.clients_close()
