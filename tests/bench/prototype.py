"""A bare queue on Django: sessions and three writes a pair, no gate, no log, no trace. What the machine of the moment allows.

`python -m tests.bench.prototype` fills the database of PROTOTYPE_DATABASE_URL and prints the writers' headers;
`granian --interface wsgi tests.bench.prototype:application` serves it, for the same writers as the site.
"""

import json
import os
import sys

import dj_database_url
import django
from django.conf import settings

TASKS = 52_000
WRITERS = 16

if not settings.configured:
    settings.configure(
        SECRET_KEY="the prototype keeps no secrets",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        MIDDLEWARE=[
            "django.middleware.common.CommonMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        DATABASES={"default": dj_database_url.parse(os.environ["PROTOTYPE_DATABASE_URL"], conn_max_age=None)},
        USE_TZ=True,
    )
    django.setup()

from django.contrib.auth import get_user_model, login  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402


class Task(models.Model):
    """One instruction to be written."""

    instruction = models.TextField()
    writer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    claimed_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "prototype"
        indexes = (models.Index("id", name="queued", condition=models.Q(writer=None)),)


class Submission(models.Model):
    """What a writer handed in."""

    task = models.OneToOneField(Task, models.PROTECT)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "prototype"


def _claim(request: HttpRequest) -> Task | None:
    with transaction.atomic():
        task = Task.objects.select_for_update(skip_locked=True).filter(writer=None).order_by("id").first()
        if task is not None:
            task.writer_id, task.claimed_at = request.user.pk, timezone.now()
            task.save(update_fields=("writer", "claimed_at"))
    return task


def claim(request: HttpRequest) -> HttpResponse:
    """Give the writer the next task: one write."""
    task = _claim(request)
    return HttpResponseRedirect(f"/work/tasks/{task.pk}/" if task else "/work/")


def submit(request: HttpRequest, task_id: int) -> HttpResponse:
    """Take a text for a task of the writer's: two writes. With `claims_next`, give the next task in the answer."""
    sent = json.loads(request.body)
    with transaction.atomic():
        task = Task.objects.select_for_update().get(pk=task_id, writer=request.user, submitted_at=None)
        Submission.objects.create(task=task, text=sent["text"])
        task.submitted_at = timezone.now()
        task.save(update_fields=("submitted_at",))
    following = _claim(request) if sent["claims_next"] else None
    return JsonResponse({"next": {"url": f"/work/tasks/{following.pk}/"} if following else None})


def healthz(_request: HttpRequest) -> HttpResponse:
    """Whether the program answers."""
    return HttpResponse()


urlpatterns = [
    path("healthz", healthz),
    path("work/claim/", claim),
    path("work/tasks/<int:task_id>/submit/", submit),
]
application = get_wsgi_application()


def fill() -> list[dict[str, str]]:
    """Make the tables, the tasks and the writers; returns the headers of each writer."""
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Task)
        editor.create_model(Submission)
    Task.objects.bulk_create([Task(instruction=f"{number}番の指示" * 20) for number in range(TASKS)], batch_size=2_000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    headers = []
    for number in range(WRITERS):
        request = HttpRequest()
        request.session = SessionStore()
        login(request, get_user_model().objects.create_user(f"writer{number}"))
        request.session.save()
        headers.append({"Cookie": f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}"})
    return headers


if __name__ == "__main__":
    json.dump(fill(), sys.stdout)
