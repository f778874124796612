"""The app of the public side, and what it hands to others when Django starts."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    name = "collection"

    def ready(self) -> None:
        """Register our system checks, let the jobs hear the signals, and answer for our figures."""
        from collection import checks, jobs, progress, selectors  # noqa: F401
        from collection.selectors import waiting
        from collection.services.status import parts_look
        from config import examination, metrics

        jobs.listen()
        progress.register("collected", selectors.collected_tally)
        progress.register("screened", selectors.screened_tally)
        metrics.register("hitode_queue_length", waiting.queue_lengths)
        metrics.register("hitode_queue_seconds", waiting.queue_ages)
        examination.register(parts_look)
        metrics.register("hitode_streams", waiting.streams_under_way)
        metrics.register("hitode_spend_microusd", waiting.spend)
        metrics.register("hitode_worker_seen_seconds", waiting.worker_seen)
