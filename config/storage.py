"""How static files are stored: under names that carry a hash of their content, so that browsers may keep them for ever."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedStaticFilesStorage(ManifestStaticFilesStorage):
    """Django's, which here also rewrites the `import` lines of ES modules."""

    support_js_module_import_aggregation = True
