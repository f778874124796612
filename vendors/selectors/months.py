"""Months and last days of payment in Japan's calendar."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

JAPAN = ZoneInfo("Asia/Tokyo")
# The day of receipt counts as the first of the sixty.
PAY_WITHIN_DAYS = 60


def month_start(month: date) -> datetime:
    """Midnight in Japan on the first day of the month."""
    return datetime(month.year, month.month, 1, tzinfo=JAPAN)


def month_after(month: date) -> date:
    """The first day of the following month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def month_of_receipt(received_at: datetime) -> date:
    """The first day of the month in which work was received, Japan time."""
    return received_at.astimezone(JAPAN).date().replace(day=1)


def last_pay_day(received_at: datetime) -> date:
    """The sixtieth day of work received then: the last on which it may be paid."""
    return received_at.astimezone(JAPAN).date() + timedelta(days=PAY_WITHIN_DAYS - 1)


def usual_pay_day(month: date) -> date:
    """The end of the month after the statement's."""
    return month_after(month_after(month)) - timedelta(days=1)
