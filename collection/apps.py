"""The app of the public side, and what it hands to others when Django starts."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    name = "collection"

    def ready(self) -> None:
        """Let the jobs hear the signals, and answer for our figures on the progress page."""
        from collection import jobs, progress, selectors

        jobs.listen()
        progress.register("collected", selectors.collected_tally)
        progress.register("screened", selectors.screened_tally)
