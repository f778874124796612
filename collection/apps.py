"""The app of the public side, and what it hands to others when Django starts."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    name = "collection"

    def ready(self) -> None:
        """Register our system checks, let the jobs hear the signals, and answer for our figures on the progress page."""
        from collection import checks, jobs, progress, selectors  # noqa: F401

        jobs.listen()
        progress.register("collected", selectors.collected_tally)
        progress.register("screened", selectors.screened_tally)
