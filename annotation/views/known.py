"""Known answers: the one that comes between a writer's tasks, and the operator's list of them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotation.forms import KnownAnswerForm
from annotation.selectors.known import known_get_for, known_in_use_get, known_list
from annotation.selectors.queue import WRITING_ROLES
from annotation.services.known import known_add, known_judge, known_retire
from annotation.views.operations import RULE_MAKERS
from config.access import role_required
from config.errors import BadInput


@require_http_methods(["GET", "POST"])
@role_required(*WRITING_ROLES)
def known(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One answer to judge; once judged, what the operator thinks of it and why."""
    answer, order, judged = known_get_for(request.user, public_id)
    if request.method == "POST":
        if request.POST.get("verdict") not in {"good", "bad"}:
            raise BadInput()
        known_judge(user=request.user, answer=answer, says_good=request.POST["verdict"] == "good")
        return redirect("annotation:known", public_id)
    context = {"answer": answer, "order": order, "judged": judged}
    return render(request, "annotation/known.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*RULE_MAKERS)
def known_answers(request: HttpRequest) -> HttpResponse:
    """Every known answer in use with how it is judged, and a form for another."""
    form = KnownAnswerForm(request.POST or None, initial={"guideline": request.GET.get("guideline")})
    if request.method == "POST" and form.is_valid():
        try:
            known_add(by=request.user, **form.cleaned_data)
        except BadInput as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Entered. Writers meet it in orders that ask for it."))
            return redirect("annotation:known_answers")
    context = {"answers": known_list(), "form": form}
    return render(request, "annotation/known_answers.html", context, status=422 if form.is_bound else 200)


@require_POST
@role_required(*RULE_MAKERS)
def known_answer_retire(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask nobody about it any more."""
    known_retire(by=request.user, answer=known_in_use_get(public_id))
    messages.info(request, _("Nobody is asked about it any more. What was said of it stays."))
    return redirect("annotation:known_answers")
