"""The ASGI application: what the web server runs."""

import gc
import os
import sys
from threading import Thread

from config.engines import ensure_engines

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Without a pool, each request would open a database connection of its own.
os.environ.setdefault("HITODE_DATABASE_POOL", "16")
ensure_engines()

import django  # noqa: E402

from config.starting import loading  # noqa: E402

with loading():
    django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler  # noqa: E402
from django.core.handlers.asgi import ASGIHandler  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

from config.checks import refuse_unsafe_configuration  # noqa: E402
from config.handler import Handler  # noqa: E402
from config.observing import Observed  # noqa: E402
from config.presence import presence_begin  # noqa: E402

# A thread that takes a question in lets go of the interpreter a dozen times, and each time the event loop of many streams would keep
# it for the usual 5 ms.
SWITCH_SECONDS = 0.0005
# Streams make many short-lived objects: the usual 700 would look through all of them far too often. A request refers to
# itself, through its session and messages, and that of a stream lives long enough to grow old: with 20 for the oldest
# generation too, four kilobytes an answer would wait for hundreds of thousands of answers to be let go.
GARBAGE_THRESHOLDS = (20_000, 2, 2)

refuse_unsafe_configuration()


def warm_up() -> None:
    """Load what would else make the first question wait, and spare the collector from looking at all of it ever again."""
    with loading():
        import_string(settings.WEB_WARM_UP)()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    sys.setswitchinterval(SWITCH_SECONDS)


# While the first page is being read.
Thread(target=warm_up, daemon=True).start()
presence_begin()
_handler: ASGIHandler = Handler()
if settings.DEBUG:  # while developing, static files come from where they are written
    _handler = ASGIStaticFilesHandler(_handler)
application = Observed(_handler)
