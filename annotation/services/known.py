"""Known answers: entered and retired by the operator, judged by writers."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.models import KnownAnswer, KnownJudgement
from annotation.selectors.known import known_get_for
from annotation.services.prompts import model_text_find
from collection.models import Instruction
from config.audit import act_note
from config.errors import BadInput, Conflict
from vendors.models import Guideline, Role, User
from vendors.permissions import require_management, require_role


def known_add(
    *,
    by: User,
    guideline: Guideline,
    language: str,
    instruction: str,
    text: str,
    is_good: bool,
    explanation: str,
    input: str = "",
) -> KnownAnswer:
    """Enter an answer for writers to judge. Raises BadInput for one that stands close to a model's: writers would read it there.

    The look-up in the gate's index happens outside any transaction; raises IndexUnavailable.
    """
    require_management(by)
    parts = [part.strip() for part in (instruction, input, text)]
    if not parts[0] or not parts[2] or not explanation.strip():
        raise BadInput(_("Write an instruction, an answer, and why it is good or not."))
    if any(model_text_find(instruction=Instruction(), text=part) for part in parts if part):
        raise BadInput(
            _("This stands too close to a model’s answer. Write it in your own words: writers are to read it.")
        )
    with transaction.atomic():
        answer = KnownAnswer.objects.create(
            guideline=guideline,
            language=language,
            instruction=parts[0],
            input=parts[1],
            text=parts[2],
            is_good=is_good,
            explanation=explanation.strip()[:1000],
            by=by,
        )
        act_note(by=by, act="changed", what="known_added", answer=str(answer.public_id))
    return answer


@transaction.atomic
def known_retire(*, by: User, answer: KnownAnswer) -> None:
    """Ask nobody about it any more; what was said of it stays."""
    require_management(by)
    if KnownAnswer.objects.filter(pk=answer.pk, retired_at=None).update(retired_at=timezone.now()):
        act_note(by=by, act="changed", what="known_retired", answer=str(answer.public_id))


@transaction.atomic
def known_judge(*, user: User, answer: KnownAnswer, says_good: bool) -> KnownJudgement:
    """Keep what a writer says of a known answer. Raises NotFound for one that is not theirs to judge, Conflict the second time."""
    require_role(user, Role.WRITER)
    User.objects.select_for_update().get(pk=user.pk)
    found, order, judged = known_get_for(user, answer.public_id)
    if judged is not None:
        raise Conflict()
    is_right = says_good == found.is_good
    return KnownJudgement.objects.create(
        answer=found, user=user, work_order=order, says_good=says_good, is_right=is_right
    )
