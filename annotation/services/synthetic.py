"""Generating outputs for a synthetic release, with a server of one's own. Each is model text: a reference from its first moment."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

from django.db import transaction
from django.db.models import Exists, OuterRef

from annotation.errors import GenerationGoesOn, ServerFails
from annotation.models import CleanInstruction, SyntheticModel, SyntheticOutput, SyntheticRecord
from annotation.services.synthetic_models import openai_refuse, server_host
from collection.gateway import Completion, Prompt, ProviderError, text_complete
from collection.models import Instruction, Reference
from collection.screening import personal_data
from collection.services.answers import reference_store
from collection.states import ReferenceStatus
from config.locks import alone
from config.moves import Actor

TRIES = 3
LONGEST_WAIT_SECONDS = 30.0
FAILURES_IN_A_ROW = 5
_LOCK = 0x53594E54  # any number that nothing else of ours locks

Watch = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Server:
    """A server of one's own; it knows the model by the name in the register."""

    base_url: str
    api_key: str = field(default="", repr=False)
    max_tokens: int = 2048
    parallel: int = 4

    @property
    def host(self) -> str:
        """Raises `ServerUnusable` or `ServerRefused`."""
        return server_host(self.base_url)


@dataclass(slots=True)
class Generated:
    """How many outputs were made, left out (cut short, empty, with what looks like personal data) and not had at all."""

    made: int = 0
    left_out: int = 0
    failed: int = 0


def outputs_generate(
    *, model: SyntheticModel, server: Server, limit: int, watch: Watch = lambda done, total: None
) -> Generated:
    """Ask the server about clean instructions until the model has `limit` outputs that can be released, or none is left.

    Each output is stored in a transaction of its own: a run that was killed goes on where it was, and no instruction is asked
    twice. Raises `ServerFails` after several failures in a row, `ModelRefused` when the server says that it is another
    model, one that is not allowed, and `GenerationGoesOn`. Call it outside any transaction.
    """
    host = server.host
    found = Generated()
    with alone(_LOCK) as is_alone:
        if not is_alone:
            raise GenerationGoesOn()
        have = SyntheticRecord.objects.filter(model=model.name).count()
        after = failures = 0
        watch(have, limit)
        with ThreadPoolExecutor(max_workers=server.parallel) as pool:
            while batch := _instructions(model, after, min(server.parallel, limit - have)):
                after = batch[-1].pk
                answers = pool.map(lambda instruction: _ask(instruction, model, server), batch)
                for instruction, answer in zip(batch, answers, strict=True):
                    if isinstance(answer, ProviderError):
                        found.failed, failures = found.failed + 1, failures + 1
                        if failures == FAILURES_IN_A_ROW:
                            raise ServerFails(ServerFails.message % {"reason": answer.code}) from answer
                        continue
                    failures = 0
                    if output_store(instruction=instruction, answer=answer, model=model, host=host):
                        found.made, have = found.made + 1, have + 1
                    else:
                        found.left_out += 1
                watch(have, limit)
    return found


def _instructions(model: SyntheticModel, after: int, count: int) -> list[Instruction]:
    """The next clean instructions that this model was not asked about."""
    if count <= 0:
        return []
    asked = SyntheticOutput.objects.filter(instruction=OuterRef("instruction"), model__name=model.name)
    clean = CleanInstruction.objects.filter(~Exists(asked), instruction__gt=after).order_by("instruction")
    return [row.instruction for row in clean.select_related("instruction")[:count]]


def _ask(instruction: Instruction, model: SyntheticModel, server: Server) -> Completion | ProviderError:
    """Ask, and again where that could help. No database here: it runs in a thread of its own."""
    prompt = Prompt(instruction.instruction, instruction.input)
    tries = 1
    while True:
        try:
            return text_complete(
                prompt,
                base_url=server.base_url,
                api_key=server.api_key,
                model=model.name,
                max_tokens=server.max_tokens,
            )
        except ProviderError as error:
            if not error.is_retryable or tries == TRIES:
                return error
            time.sleep(min(error.retry_after_seconds or 0.2 * tries, LONGEST_WAIT_SECONDS))
            tries += 1


def output_store(*, instruction: Instruction, answer: Completion, model: SyntheticModel, host: str) -> bool:
    """Keep an answer, and put it before the gate in the same transaction; returns whether it can be released."""
    openai_refuse(answer.model)
    is_whole = answer.finish_reason == "stop" and bool(answer.text.strip())
    findings = [asdict(finding) for finding in personal_data.find(answer.text)]
    with transaction.atomic():
        reference = reference_store(
            reference=Reference.objects.create(
                instruction=instruction, provider=Reference.Provider.SYNTHETIC, model=model.name
            ),
            text=answer.text,
            status=ReferenceStatus.COMPLETE if is_whole else ReferenceStatus.INTERRUPTED,
            by=Actor.system("generate_synthetic"),
            finish_reason=answer.finish_reason[:40],
            provider_request_id=answer.request_id[:200],
        )
        output = SyntheticOutput.objects.create(
            instruction=instruction, reference=reference, model=model, server_host=host, findings=findings
        )
        # A passage of the question may have been destroyed since it was asked, and the answer may repeat it.
        if not Instruction.objects.filter(pk=instruction.pk, text_sha256=instruction.text_sha256).exists():
            transaction.set_rollback(True)
            return False
    return SyntheticRecord.objects.filter(pk=output.public_id).exists()
