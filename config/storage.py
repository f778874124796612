"""How static files are stored: under names that carry a hash of their content, so that browsers may keep them for ever."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

OWN_FOLDERS = ("config/", "collection/", "vendors/", "annotation/")


class HashedStaticFilesStorage(ManifestStaticFilesStorage):
    """Django's, which here also rewrites the `import` lines of our own ES modules."""

    support_js_module_import_aggregation = True

    def url_converter(self, name: str, *args: Any, **kwargs: Any) -> Callable[[re.Match[str]], str]:
        """Leave the scripts of libraries alone: an `import` there may stand in a comment and name no file."""
        if name.endswith(".js") and not name.startswith(OWN_FOLDERS):
            return _unchanged
        convert: Callable[[re.Match[str]], Any] = super().url_converter(name, *args, **kwargs)
        return convert


def _unchanged(match: re.Match[str]) -> str:
    return match.group(0)
