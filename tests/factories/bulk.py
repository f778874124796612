"""Acts on many rows, begun as a manager begins them."""

from annotation.models import BulkJob
from annotation.selectors.search import SearchFilter
from annotation.services.bulk import bulk_preview, bulk_start
from tests.cast import Cast

FISH = SearchFilter(text="経済")


def make_bulk_job(people: Cast, action: str, chosen: SearchFilter = FISH) -> BulkJob:
    """Look at what would be done, and start it."""
    seen = bulk_preview(user=people.minato, action=action, chosen=chosen).count
    return bulk_start(by=people.minato, action=action, chosen=chosen, why="off the subject", seen=seen)
