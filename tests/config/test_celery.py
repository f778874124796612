"""The timetable of the jobs."""

from config.celery import app


def test_every_job_of_the_timetable_exists() -> None:
    app.loader.import_default_modules()
    jobs = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert len(jobs) == len(app.conf.beat_schedule) > 0
    assert jobs <= set(app.tasks)
