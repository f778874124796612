"""The Celery application: work that need not happen inside a request. The jobs themselves live in each app's `jobs`."""

import os

from celery import Celery

from config.engines import ensure_engines

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
ensure_engines()

app = Celery("hitode")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
