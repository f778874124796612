"""What was paid for accepted work, as a spread that names nobody."""

from django.db import connection

SPREAD = """
SELECT currency, min(amount), percentile_disc(0.5) WITHIN GROUP (ORDER BY amount), max(amount)
FROM vendors_earning WHERE kind = 'acceptance' GROUP BY currency ORDER BY currency
"""


def price_spread() -> dict[str, dict[str, int]]:
    """Return by currency the least, the median and the most that one accepted text earned, in its smallest unit, before tax."""
    with connection.cursor() as cursor:
        cursor.execute(SPREAD)
        return {
            currency: {"min": least, "median": median, "max": most}
            for currency, least, median, most in cursor.fetchall()
        }
