"""The database as the web server uses it: a connection of a pool for each request."""

from collections.abc import Callable
from select import POLLIN, poll
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, but for how the pool finds out that a connection is dead."""

    _connection_pools: dict[str, ConnectionPool[Any]]
    _configure_connection: Callable[[Connection[Any]], None]

    @property
    def pool(self) -> ConnectionPool[Any]:
        """The process's pool; opened by the first request."""
        pools = self._connection_pools
        if self.alias not in pools:
            made = ConnectionPool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                open=False,
                configure=self._configure_connection,
                check=_require_alive,
                **self.settings_dict["OPTIONS"]["pool"],
            )
            pools.setdefault(self.alias, made)
        return pools[self.alias]


def _require_alive(connection: Connection[Any]) -> None:
    """Raise when the server is gone. Where it sent nothing, not even its farewell, it need not be asked."""
    waiting = poll()
    waiting.register(connection.fileno(), POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)
