"""Static files under their plain names, as the tests have them."""

from functools import cache

from django.contrib.staticfiles.storage import StaticFilesStorage


class PlainFiles(StaticFilesStorage):
    """Django's own, but it works an address out once: the pages of a run ask for the same dozen thousands of times."""

    def __init__(self) -> None:
        super().__init__()
        self.url = cache(self.url)  # type: ignore[method-assign]
