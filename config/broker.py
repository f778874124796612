"""The worker's line to its broker: what happens when it breaks, and what becomes of the jobs of a worker that is killed."""

from queue import Empty
from time import time
from typing import Any, ClassVar

from celery import bootsteps
from celery.worker import consumer

# A third of the `visibility_timeout`.
RENEW_SECONDS = 5


class Consumer(consumer.Consumer):  # type: ignore[misc]
    """Celery's own, and outlives a Redis that goes away while one process has a job in hand and another waits for one.

    kombu 5.7 closes a channel twice: first it reads once more what the channel waited for, which fails with the line; then,
    without its transport, it would give back the job in hand, and the worker ends with an AttributeError.
    """

    class Blueprint(consumer.Consumer.Blueprint):  # type: ignore[misc]
        default_steps: ClassVar = [*consumer.Consumer.Blueprint.default_steps, "config.broker:JobsInHand"]

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        channel = self.connection._default_channel
        if channel is not None and channel._in_poll:
            try:
                channel._brpop_read()  # what had arrived is given back with the job in hand
            except (Empty, *self.connection_errors):
                pass
        super().on_connection_error_after_connected(exc)


class JobsInHand(bootsteps.StartStopStep):  # type: ignore[misc]
    """Renews the leases of the jobs that this worker has taken and not yet done.

    kombu gives whoever asks for work what was taken `visibility_timeout` ago, and means by it the longest that a job may
    take. Here it is a lease: whoever lives renews it, so that a job of a worker that was killed is soon somebody else's. One
    that was only held up has its job done twice, which every job allows for.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.timer: Any = None

    def start(self, parent: Any) -> None:
        self.timer = parent.timer.call_repeatedly(RENEW_SECONDS, leases_renew, (parent.task_consumer.channel,))

    def stop(self, parent: Any) -> None:
        if self.timer is not None:
            self.timer.cancel()


def leases_renew(channel: Any) -> None:
    """Note for every message that a channel has taken and not acknowledged that it is in living hands."""
    taken = dict.fromkeys(channel.qos._delivered, time())
    if not taken:
        return
    try:
        with channel.conn_or_acquire() as client:
            client.zadd(channel.unacked_index_key, taken, xx=True)  # what was acknowledged a moment ago is not there
    except channel.connection_errors:
        pass  # the line is made anew, and everything in hand is given back
