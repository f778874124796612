"""`manage.py explain_record ID`: which of the clean rules hold for a record, which do not, and on what evidence."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from annotation.checks import RuleResult, clean_rules_explain
from annotation.checks.evidence import record_facts
from annotation.checks.words import moment_words, rule_words, value_words
from annotation.models import ImportedOutput, Task
from annotation.wording import reason_words


class Command(BaseCommand):
    help = "Print each clean rule for one record: holds or fails, with the evidence. Exit code 1 when one fails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", help="the record's id, as it stands in a release and in the address of the task")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--language", choices=["ja", "en"], help="by default that of the installation")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(options["language"] or translation.get_language()):
            task = self._task(options["id"], options["json"])
            results = clean_rules_explain(task)
            facts = record_facts(task)
            if options["json"]:
                rules = [
                    {"rule": r.number, "name": r.name, "holds": r.holds, "text": r.text, "evidence": r.evidence}
                    for r in results
                ]
                whole = {"id": str(task.public_id), "rules": rules, **facts}
                self.stdout.write(json.dumps(whole, ensure_ascii=False, default=str))
            else:
                for result in results:
                    self._rule(result)
                self._facts(facts)
            failed = sum(not result.holds for result in results)
            if failed:
                message = _("Not in the dataset: %(count)d of the rules do not hold.")
                raise CommandError(message % {"count": failed}, returncode=1)

    def _task(self, record_id: str, as_json: bool) -> Task:
        try:
            public_id = UUID(record_id)
        except ValueError:
            raise CommandError(_("There is no record with this id."), returncode=2) from None
        found = Task.objects.select_related("instruction", "current_submission", "work_order")
        task = found.filter(public_id=public_id).first()
        if task is None:
            self._imported(public_id, as_json)
            raise CommandError(_("There is no record with this id."), returncode=2)
        return task

    def _imported(self, public_id: UUID, as_json: bool) -> None:
        """Say of an imported output that it is one. Raises CommandError then."""
        output = ImportedOutput.objects.select_related("batch").filter(public_id=public_id).first()
        if output is None:
            return
        batch = output.batch
        facts = {
            "licence": batch.licence,
            "source": batch.source,
            "attested_by": batch.attested_by,
            "line": output.line,
        }
        if as_json:
            whole = {"id": str(public_id), "imported_output": facts, "rules": []}
            self.stdout.write(json.dumps(whole, ensure_ascii=False))
        else:
            said = _("Line %(line)d of a file from %(source)s, under %(licence)s, vouched for by %(attested_by)s.")
            self.stdout.write(said % facts)
        message = _(
            "Not in the dataset, and it cannot be: this text was imported. Nobody here saw it being written (rule 4), "
            "its writer signed no agreement here (rule 3), and it was not reviewed (rule 5)."
        )
        raise CommandError(message, returncode=1)

    def _rule(self, result: RuleResult) -> None:
        word = self.style.SUCCESS(_("holds")) if result.holds else self.style.ERROR(_("fails"))
        self.stdout.write(f"{result.number}  {word}  {result.text}")
        told = gettext_join(f"{fact.label}: {fact.value}" for fact in rule_words(result)["facts"])
        if told:
            self.stdout.write(f"   {told}")

    def _facts(self, facts: dict[str, Any]) -> None:
        self.stdout.write(_("Gate reports:"))
        for report in facts["gate_reports"]:
            decision, occasion = (value_words("is_gated", name, report[name]) for name in ("decision", "occasion"))
            reasons = gettext_join(reason_words(report["reasons"]))
            line = f"{moment_words(report['at'])}  {decision}  {occasion}  {reasons}".rstrip()
            self.stdout.write(f"   {line}")
        clearance = facts["clearance"]
        said = _("Last clearance: %(at)s, up to reference %(watermark)d")
        if clearance:
            at = moment_words(clearance["finished_at"])
            self.stdout.write(said % {"at": at, "watermark": clearance["watermark"]})
        else:
            self.stdout.write(_("There was no clearance yet."))
        self.stdout.write(_("Who has seen the model's answer:"))
        for sight in facts["showings"]:
            self.stdout.write(
                f"   {moment_words(sight['at'])}  {sight['who']}  {sight['place_words']}  {sight['why']}".rstrip()
            )
        self.stdout.write(_("Commitments:"))
        for entry in facts["commitments"]:
            state = _("can be opened") if entry["is_open"] else _("closed for ever")
            self.stdout.write(f"   {entry['position']}  {entry['value']}  {moment_words(entry['at'])}  {state}")


def gettext_join(parts: Any) -> str:
    return _(", ").join(str(part) for part in parts)
