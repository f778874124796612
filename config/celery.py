"""The Celery application: work that need not happen inside a request. The jobs themselves live in each app's `jobs`."""

import os

from celery import Celery, Task
from celery.schedules import crontab
from django.db import InterfaceError, OperationalError

from config.engines import ensure_engines

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
ensure_engines()


class Job(Task):  # type: ignore[misc]
    """A job that comes while the database is away is tried again: after a second or two, four, eight, sixteen."""

    autoretry_for = (OperationalError, InterfaceError)
    retry_backoff = 2
    max_retries = 4


app = Celery("hitode", task_cls=Job)
app.set_default()  # for every thread: a job queued from a web request goes to this broker, not to a guessed one
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")

# When each sweep runs: every so many seconds, or at an hour in UTC; the jobs are safe to run twice.
app.conf.beat_schedule = {
    "collection-worker-sign": {"task": "collection.jobs.worker_sign", "schedule": 60.0},
    "collection-screening-sweep": {"task": "collection.jobs.screening_sweep", "schedule": 10.0},
    "collection-moderation-sweep": {"task": "collection.jobs.moderation_sweep", "schedule": 60.0},
    "collection-answers-sweep": {"task": "collection.jobs.answers_sweep", "schedule": 5.0},
    "config-sessions-sweep": {"task": "config.jobs.sessions_sweep", "schedule": crontab(hour="17", minute="0")},
    "collection-caps-sweep": {"task": "collection.jobs.caps_sweep", "schedule": crontab(hour="17", minute="10")},
    "annotation-leases-sweep": {"task": "annotation.jobs.leases_sweep", "schedule": 60.0},
    "annotation-verdicts-sweep": {"task": "annotation.jobs.verdicts_sweep", "schedule": 30.0},
    "annotation-verdict-notes-sweep": {"task": "annotation.jobs.verdict_notes_sweep", "schedule": 3600.0},
    "annotation-figures-sweep": {"task": "annotation.jobs.figures_sweep", "schedule": 30.0},
    "annotation-figures-again-sweep": {
        "task": "annotation.jobs.figures_again_sweep",
        "schedule": crontab(hour="17", minute="40"),
    },
    "annotation-search-sweep": {"task": "annotation.jobs.search_sweep", "schedule": 60.0},
    "annotation-bulk-sweep": {"task": "annotation.jobs.bulk_sweep", "schedule": 30.0},
    "annotation-audit-sweep": {"task": "annotation.jobs.audit_sweep", "schedule": 30.0},
    "annotation-outputs-sweep": {"task": "annotation.jobs.outputs_sweep", "schedule": 10.0},
    "annotation-outputs-again-sweep": {"task": "annotation.jobs.outputs_again_sweep", "schedule": 120.0},
    "annotation-drafts-sweep": {"task": "annotation.jobs.drafts_sweep", "schedule": 3600.0},
    "annotation-commitments-sweep": {"task": "annotation.jobs.commitments_sweep", "schedule": 3600.0},
    "annotation-refill-sweep": {"task": "annotation.jobs.refill_sweep", "schedule": 60.0},
    "annotation-inspection-sweep": {"task": "annotation.jobs.inspection_sweep", "schedule": 3600.0},
    "vendors-kept-answers-sweep": {"task": "vendors.jobs.kept_answers_sweep", "schedule": 3600.0},
    "vendors-webhooks-sweep": {"task": "vendors.jobs.webhooks_sweep", "schedule": 10.0},
    "vendors-deliveries-sweep": {"task": "vendors.jobs.deliveries_sweep", "schedule": 3600.0},
    "annotation-lots-sweep": {"task": "annotation.jobs.lots_sweep", "schedule": 30.0},
    "vendors-letters-sweep": {"task": "vendors.jobs.letters_send", "schedule": 20.0},
    # At eight in the morning in Japan.
    "vendors-digests": {"task": "vendors.jobs.digests_send", "schedule": crontab(hour="23", minute="0")},
    # At nine in the morning in Japan.
    "vendors-due-alerts": {"task": "vendors.jobs.due_alerts", "schedule": crontab(hour="0", minute="0")},
    # At three in the morning in Japan; the count on Sundays, for a new list has every accepted text checked again.
    "annotation-index-sweep": {"task": "annotation.jobs.index_sweep", "schedule": crontab(hour="18", minute="0")},
    "annotation-stop-grams-sweep": {
        "task": "annotation.jobs.stop_grams_sweep",
        "schedule": crontab(hour="18", minute="30", day_of_week="sat"),
    },
}
