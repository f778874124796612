"""A writer's own quality page: what counts as a first verdict, what does not, and who sees it."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import Review, Task
from annotation.selectors.quality import AT_ONCE, EDITED, REJECTED, RETURNED, quality_for
from annotation.services.editing import review_edit
from annotation.services.reviews import review_claim, review_reject, review_return
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.records import make_acceptance, make_reason, make_submission, make_task, make_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    make_reason("facts")
    return cast()


def judged(people: Cast, how: str) -> Task:
    task = make_task(people)
    submission = make_submission(task, people.wataru)
    if how == AT_ONCE:
        return make_acceptance(submission, people.ren)
    held = review_claim(reviewer=people.ren)
    assert held is not None
    if how == EDITED:
        review_edit(reviewer=people.ren, task=held, text=make_text(), is_attested=True, note="")
        held = review_claim(reviewer=people.rin)
        assert held is not None
        return held
    decide = review_return if how == RETURNED else review_reject
    decide(reviewer=people.ren, task=held, reasons=["facts"], comment="直してください。")
    held.refresh_from_db()
    return held


def test_the_first_verdict_on_each_text_counts_and_every_reason(people: Cast) -> None:
    judged(people, AT_ONCE)
    judged(people, REJECTED)
    task = judged(people, RETURNED)
    make_acceptance(make_submission(task, people.wataru), people.ren)  # the second one does not count
    found = quality_for(people.wataru)
    assert found.weeks[-1].outcomes == {AT_ONCE: 1, EDITED: 0, RETURNED: 1, REJECTED: 1}
    assert (found.judged, found.share, found.sent) == (3, 33, 3)
    assert found.reasons == {"facts": 2}
    html = client_for(people.wataru).get("/work/quality/").content.decode()
    assert "33%" in html and "First verdicts by week" in html and "<svg" in html


def test_a_text_that_a_reviewer_edited_counts_apart(people: Cast) -> None:
    held = judged(people, EDITED)
    review = Review(submission=held.current_submission, reviewer=people.rin, verdict="accept")
    assert held.current_submission is not None
    review.text_sha256 = held.current_submission.text_sha256
    review.save()
    assert quality_for(people.wataru).weeks[-1].outcomes[EDITED] == 1


def test_what_is_older_than_the_weeks_shown_is_left_out_and_still_was_the_first(people: Cast) -> None:
    task = judged(people, RETURNED)
    with pgtrigger.ignore("annotation.Review:append_only"):
        Review.objects.update(at=timezone.now() - timedelta(weeks=30))
    make_acceptance(make_submission(task, people.wataru), people.ren)
    assert quality_for(people.wataru).judged == 0


def test_it_is_ones_own_and_costs_the_same_for_little_and_for_much(people: Cast) -> None:
    client = client_for(people.wataru)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/work/quality/").status_code == 200
        return len(captured)

    judged(people, AT_ONCE)
    few = cost()
    for _ in range(4):
        judged(people, AT_ONCE)
    assert cost() == few
    assert "Nothing to show yet" in client_for(people.wakana).get("/work/quality/").content.decode()
    assert client_for(people.luna).get("/work/quality/").status_code == 403
