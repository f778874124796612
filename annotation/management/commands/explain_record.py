"""`manage.py explain_record ID`: which of the clean rules hold for a record, which do not, and why."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from annotation.checks import RuleResult, clean_rules_explain
from annotation.models import Task


class Command(BaseCommand):
    help = "Print each clean rule for one record: holds or fails, with the evidence. Exit code 1 when one fails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", help="the record's id, as it stands in a release and in the address of the task")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        results = clean_rules_explain(self._task(options["id"]))
        if options["json"]:
            facts = [{"rule": r.number, "name": r.name, "holds": r.holds, "evidence": r.evidence} for r in results]
            self.stdout.write(json.dumps(facts, ensure_ascii=False, default=str))
        else:
            for result in results:
                self._tell(result)
        failed = sum(not result.holds for result in results)
        if failed:
            raise CommandError(
                _("Not in the dataset: %(count)d of the rules do not hold.") % {"count": failed}, returncode=1
            )

    def _task(self, record_id: str) -> Task:
        try:
            return Task.objects.select_related("instruction", "current_submission", "work_order").get(
                public_id=UUID(record_id)
            )
        except (ValueError, Task.DoesNotExist):
            raise CommandError(_("There is no record with this id."), returncode=2) from None

    def _tell(self, result: RuleResult) -> None:
        word = self.style.SUCCESS(_("holds")) if result.holds else self.style.ERROR(_("fails"))
        facts = ", ".join(f"{key}: {value}" for key, value in result.evidence.items())
        self.stdout.write(f"{result.number}  {word}  {result.text}")
        if facts:
            self.stdout.write(f"   {facts}")
