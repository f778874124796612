"""A world with a model's text behind everything, everybody who may look at it, and the addresses at which they may.

The addresses come from the URL configuration, so that a page of tomorrow is walked too.
"""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib.admindocs.views import extract_views_from_urlpatterns
from django.urls import get_resolver

from annotation.models import KnownJudgement, Release
from annotation.selectors.search import SearchFilter
from annotation.services.bulk import bulk_start
from annotation.services.clearance import clearance_run
from annotation.services.known import known_add
from annotation.services.queue import task_take
from annotation.services.reviews import review_claim
from annotation.services.saved import view_save
from collection.models import Instruction
from collection.services.imports import instructions_import
from tests.cast import cast
from tests.database import Rows
from tests.factories.collection import make_instruction, make_participant, make_reference
from tests.factories.qualifications import make_qualification
from tests.factories.records import make_acceptance, make_order, make_reason, make_submission, make_task, make_text
from tests.factories.synthetic import make_synthetic_output
from vendors.models import Delivery, Earning, Event, OrderVersion, User
from vendors.services import guideline_publish, statement_prepare
from vendors.services.access import access_token_create
from vendors.services.qualifications import holding_grant
from vendors.services.qualifying import trial_save
from vendors.services.webhooks import event_tell, webhook_create

CANARY = "夜明け前の灯台守は七つの鍵を海へ投げ、八つめだけを胸にしまって坂をくだった。"
ANSWER = (
    "ご質問にお答えします。岬の古い言い伝えによれば、"
    + CANARY
    + "その鍵がどの扉を開くのかは、港で網をつくろう老人たちのあいだでも意見が分かれるといわれています。"
)

# What somebody may type wherever words are taken; no page may take it for its own.
HOSTILE = '"><img src=x onerror=alert(7)><script>alert(7)</script>[x](javascript:alert(7))'
# How it would stand in a page that did.
HARM = ("<img src=x", '<img src="x"', "<script>alert", 'href="javascript:', 'onerror="alert')

PLACEHOLDER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
OURS = {"annotation", "collection", "vendors"}


class World:
    """Everybody, and a model's text behind every instruction in every state."""

    def __init__(self) -> None:
        self.people = people = cast()
        make_reason()
        self.asker = make_participant()
        asked = [
            make_instruction(participant=self.asker, instruction=f"岬の話を一つ。{number}{HOSTILE}", input=HOSTILE)
            for number in range(4)
        ]
        for instruction, status in zip(asked, ["complete", "interrupted", "complete", "failed"], strict=True):
            make_reference(instruction, text=ANSWER, status=status)
            make_synthetic_output(instruction, text=ANSWER)
        with TemporaryDirectory() as folder:
            imported = self._import(Path(folder))
        guideline = guideline_publish(name=HOSTILE, body_ja=HOSTILE, body_en=HOSTILE, by=None)
        tasks = {
            task.instruction_id: task
            for task in make_order(
                people, quantity=5, title=HOSTILE, note=HOSTILE, guideline_version=guideline
            ).tasks.all()
        }
        self.in_hand = task_take(writer=people.wataru, task=tasks[asked[0].pk])
        self.accepted = make_acceptance(
            make_submission(tasks[imported.pk], people.wakana, text=make_text() + HOSTILE), people.ren, comment=HOSTILE
        )
        close = make_text() + "港で網をつくろう老人たちのあいだでも意見が違うそうです。" + make_text() + HOSTILE
        self.in_review = make_submission(tasks[asked[1].pk], people.wakana, text=close).task
        assert review_claim(reviewer=people.ren) == self.in_review
        self.waiting = make_submission(tasks[asked[2].pk], people.wakana).task
        self.queued = tasks[asked[3].pk]
        shown = make_instruction(participant=self.asker)
        make_reference(shown, text=ANSWER)
        task = make_task(people, instruction=shown, reference_policy="visible")
        self.with_reference = task_take(writer=people.wakana, task=task)
        clearance_run()
        self.release = Release.objects.create(name="港の一号")
        assert imported.import_batch is not None
        self.batch = imported.import_batch
        self.token, _secret = access_token_create(user=people.wataru, name=HOSTILE, scopes=["work"])
        self.qualification = make_qualification(people.minato, questions=[], trials=["朝の習慣。"], trials_needed=1)
        self.trial = trial_save(
            user=people.wataru, qualification=self.qualification, number=1, text=make_text() + HOSTILE, is_sent=True
        )
        self.known = known_add(
            by=people.minato,
            guideline=self.in_hand.work_order.guideline_version.guideline,
            language="ja",
            instruction="港の朝を描いてください。",
            text=make_text(),
            is_good=True,
            explanation="目に浮かぶ。",
        )
        KnownJudgement.objects.create(
            answer=self.known, user=people.wataru, work_order=self.in_hand.work_order, says_good=True, is_right=True
        )
        why = HOSTILE
        self.holding = holding_grant(qualification=self.qualification, user=people.wakana, by=people.minato, why=why)
        make_instruction(instruction=f"夜警の話を一つ。{HOSTILE}", status="held")
        self.view = view_save(user=people.minato, page="search", name=HOSTILE[:60], query="text=x")
        self.bulk = bulk_start(by=people.minato, action="accept", chosen=SearchFilter(text="夜警"), why=HOSTILE, seen=1)
        webhook_create(by=people.luna, url="https://1.1.1.1/hooks", events=Event.values)
        event_tell(Event.ORDER_ISSUED, vendor=people.kaede)
        self.delivery = Delivery.objects.get()
        month = Earning.objects.get().month
        people.kaede.name = f"Kaede {HOSTILE}"
        people.kaede.save()
        for writer in (people.wataru, people.wakana):
            User.objects.filter(pk=writer.pk).update(name=f"{writer.name} {HOSTILE}")
        self.statement = statement_prepare(vendor=people.kaede, month=month, by=people.fumi)

    def _import(self, folder: Path) -> Instruction:
        line = {"instruction": "岬の言い伝えを一つ教えてください。", "language": "ja",
                "reference": {"model": "gpt-4", "text": ANSWER}}  # fmt: skip
        file = folder / "import.jsonl"
        file.write_text(json.dumps(line, ensure_ascii=False) + "\n", encoding="utf-8")
        result = instructions_import(path=file, licence="CC-BY-4.0", name=HOSTILE, source=HOSTILE, screens=False)
        assert result.references == 1
        Instruction.objects.filter(import_batch=result.batch).update(status="screened")
        Instruction.objects.filter(import_batch=result.batch).update(status="eligible")
        return Instruction.objects.get(import_batch=result.batch)

    def values(self) -> dict[str, list[Any]]:
        """What stands for the parameters of an address, by its beginning. A new kind of address needs a line here."""
        people = self.people
        order = self.in_hand.work_order
        asked = [self.in_hand.instruction.public_id, self.in_review.instruction.public_id]
        return {
            "security/tokens/": [self.token.public_id],
            "webhooks/deliveries/": [self.delivery.public_id],
            "webhooks/": [self.delivery.webhook.public_id],
            "api/v1/tasks/": [self.in_hand.public_id, self.waiting.public_id, self.with_reference.public_id],
            "api/v1/reviews/": [self.in_review.public_id],
            "api/v1/orders/": [order.public_id],
            "api/v1/statements/": [self.statement.public_id],
            "api/v1/imports/": [self.batch.public_id],
            "api/v1/releases/": [self.release.public_id],
            "work/known/": [self.known.public_id],
            "ops/known-answers/": [self.known.public_id],
            "work/tasks/": [self.in_hand.public_id, self.waiting.public_id, self.with_reference.public_id],
            "review/reasons/": ["facts"],
            "review/": [self.in_review.public_id],
            "ops/records/": [self.accepted.public_id, self.in_review.public_id],
            "ops/releases/": [self.release.public_id],
            "releases/": [self.release.public_id],
            "ops/instructions/participants/": [self.asker.public_id],
            "ops/instructions/": asked,
            "ops/passed-on/": asked,
            "ops/orders/": [order.public_id],
            "standing/orders/": [order.public_id],
            "standing/vendors/": [people.kaede.public_id],
            "transfers/": [people.kaede.public_id],  # nobody is paid here
            "my-data/": asked,
            "api/v1/questions/": asked,
            "people/invitations/": [order.public_id],
            "people/": [people.wataru.public_id],
            "vendors/": [people.kaede.public_id],
            "orders/": [order.public_id],
            "<int:year>-<int:month>": [f"{self.statement.month:%Y-%-m}"],
            "roles/<int:pk>": [f"roles/{people.wataru.memberships.get().pk}"],
            "lines/<int:pk>": [f"lines/{Earning.objects.get().pk}"],
            "<uuid:version_id>": list(
                OrderVersion.objects.filter(work_order=order).values_list("public_id", flat=True)
            ),
            "ops/views/": [self.view.public_id],
            "messages/orders/": [order.public_id],
            "messages/tasks/": [self.in_hand.public_id, self.waiting.public_id],
            "ops/bulk/": [self.bulk.public_id],
            "qualifications/trials/": [self.trial.public_id],
            "qualifications/": [self.qualification.public_id],
            "reasons/<slug:code>": ["reasons/instruction_missed"],
            "<uuid:holding_id>": [self.holding.public_id],
            "guidelines/": [order.guideline_version.guideline.public_id],
            "agreements/": [],
            "statements/": [people.kaede.public_id],
            "invitations/": [],
        }


_ROWS = Rows(World)


def world_made() -> World:
    """The world; needs an empty set of people."""
    return _ROWS.put()


def is_ours(name: str) -> bool:
    return name.partition(":")[0] in OURS


def routes() -> list[tuple[str, str]]:
    """The name and the route of every address, from the URL configuration."""
    found = []
    for _view, route, namespace, name in extract_views_from_urlpatterns(get_resolver().url_patterns):
        found.append((":".join([*(namespace or []), name or "?"]), route))
    return found


def paths(route: str, values: dict[str, list[Any]]) -> list[str]:
    """The addresses of a route, with every value for its public id, and a number for every other parameter."""
    ids: list[Any] = ["-"]
    if "public_id" in route:
        ids = next((ids for start, ids in values.items() if route.startswith(start)), [])
        assert ids, f"World.values() needs an id for the addresses {route}"
    for parameter in (
        "<uuid:version_id>",
        "<uuid:holding_id>",
        "reasons/<slug:code>",
        "<int:year>-<int:month>",
        "roles/<int:pk>",
        "lines/<int:pk>",
    ):
        route = route.replace(parameter, str(values[parameter][0]))
    filled = [re.sub(r"<uuid:public_id>", str(one), route) for one in ids]
    return ["/" + re.sub(r"\\Z|[\^$\\]", "", PLACEHOLDER.sub("1", path)).removeprefix("/") for path in filled]
