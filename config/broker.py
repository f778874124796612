"""The worker's line to its broker: what happens when it breaks."""

from queue import Empty

from celery.worker import consumer


class Consumer(consumer.Consumer):  # type: ignore[misc]
    """Celery's own, and outlives a Redis that goes away while one process has a job in hand and another waits for one.

    kombu 5.7 closes a channel twice: first it reads once more what the channel waited for, which fails with the line; then,
    without its transport, it would give back the job in hand, and the worker ends with an AttributeError.
    """

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        channel = self.connection._default_channel
        if channel is not None and channel._in_poll:
            try:
                channel._brpop_read()  # what had arrived is given back with the job in hand
            except (Empty, *self.connection_errors):
                pass
        super().on_connection_error_after_connected(exc)
