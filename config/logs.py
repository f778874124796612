"""How a line of the log looks: one for people, or JSON for machines. Both say for which request or job it was written."""

import logging
from datetime import UTC, datetime
from typing import Any

import orjson

from config.observing import passage_now


class Lines(logging.Formatter):
    """Time, level, logger and message; the first eight signs of the request's id where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        passage = passage_now()
        record.mark = f" [{passage.request_id[:8]}]" if passage else ""
        return super().format(record)


class JsonLines(logging.Formatter):
    """One JSON object a line. `extra={"fields": {…}}` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if passage := passage_now():
            told["request_id"] = passage.request_id
            if passage.job:
                told["job"] = passage.job
        told |= getattr(record, "fields", {})
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(told, default=str).decode()


def logging_settings(level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING: one stream of "lines" or "json", on standard output."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {"()": "config.logs.Lines", "format": "%(asctime)s %(levelname)s %(name)s%(mark)s %(message)s"},
            "json": {"()": "config.logs.JsonLines"},
        },
        "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": form}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            # Django's own handler would print the same again, to e-mail or to stderr.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "config.work": {"level": "INFO" if form == "json" else "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},  # a line for every answer otherwise
            "openai": {"level": "WARNING"},
        },
    }
