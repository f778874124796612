"""The ASGI application: what the web server runs."""

import os

from config.engines import ensure_engines

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Each request runs in a thread of its own; without a pool each would open a connection of its own.
os.environ.setdefault("HITODE_DATABASE_POOL", "16")
ensure_engines()

from django.core.asgi import get_asgi_application  # noqa: E402

application = get_asgi_application()

from django.conf import settings  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

from config.checks import refuse_unsafe_configuration  # noqa: E402

refuse_unsafe_configuration()
# The provider's SDK takes a second to import: now, rather than while the first visitor waits.
import_string("collection.gateway.warm_up")()
if settings.DEBUG:  # while developing, static files come from where they are written
    from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

    application = ASGIStaticFilesHandler(application)
