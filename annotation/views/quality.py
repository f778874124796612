"""A writer's own quality page: what became of their texts over time, for nobody else's eyes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotation.selectors.known import judged_by
from annotation.selectors.quality import AT_ONCE, EDITED, REJECTED, RETURNED, WEEKS, Quality, quality_for
from annotation.selectors.queue import WRITING_ROLES
from annotation.selectors.review_reasons import reason_words
from config.access import role_required
from config.plots import Plot, bars_plot, columns_plot, lines_plot


@require_GET
@role_required(*WRITING_ROLES)
def quality(request: HttpRequest) -> HttpResponse:
    """First verdicts, reasons and pace of the last weeks."""
    found = quality_for(request.user)
    words = {code: one.label for code, one in reason_words(request.LANGUAGE_CODE).items()}
    plots = _plots(found, words) if found.sent or found.judged else []
    context = {"quality": found, "plots": plots, "weeks": WEEKS, "judged": judged_by(request.user)}
    return render(request, "annotation/quality.html", context)


def _plots(found: Quality, words: dict[str, str]) -> list[Plot]:
    names = {
        AT_ONCE: _("accepted as it stood"),
        EDITED: _("accepted after a reviewer's edit"),
        RETURNED: _("returned"),
        REJECTED: _("rejected"),
    }
    labels = [formats.date_format(week.start, "MONTH_DAY_FORMAT") for week in found.weeks]
    plots = [
        columns_plot(
            title=_("First verdicts by week"),
            label=_("Week from"),
            labels=labels,
            series={name: [week.outcomes[code] for week in found.weeks] for code, name in names.items()},
        ),
        lines_plot(
            title=_("Minutes of writing for one text, the middle of each week"),
            label=_("Week from"),
            labels=labels,
            series={_("Minutes"): [week.minutes for week in found.weeks]},
        ),
    ]
    if found.reasons:
        values = {words.get(code, code): count for code, count in found.reasons.items()}
        plots.append(bars_plot(title=_("What was to be changed"), label=_("Reason"), values=values))
    return plots
