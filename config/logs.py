"""How a line of the log looks: one for people, or JSON for machines. Both say for which request or job it was written."""

import logging
from datetime import UTC, datetime

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
