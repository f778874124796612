"""The Celery application: work that need not happen inside a request. The jobs themselves live in each app's `jobs`."""

import os

from celery import Celery

from config.engines import ensure_engines

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
ensure_engines()

app = Celery("hitode")
app.set_default()  # for every thread: a job queued from a web request goes to this broker, not to a guessed one
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
