"""Taking a question in at whatever door: how often, with what proof, and then saved and paid for."""

from collection.errors import ConsentNeeded
from collection.models import Participant, Reference
from collection.services.instructions import reference_begin, texts_check
from collection.services.limits import ask_admit, place_give_back
from collection.services.proof import proof_accept


def question_receive(
    *,
    participant: Participant | None,
    instruction: str,
    input: str = "",
    language: str,
    address_hash: str,
    proof: str = "",
    is_trusted: bool = False,
) -> Reference:
    """The pending answer to a question that was admitted and saved; nothing is kept of one that was not.

    `is_trusted` stands for a proof, where a partner vouches for its people. Raises `TextRefused`, `ConsentNeeded`, `Barred`,
    `TooOften`, `AnswerOpen`, `LimitsUnknown`, `SiteClosed` and `BudgetSpent`.
    """
    instruction, input = texts_check(instruction=instruction, input=input)
    if participant is None:
        raise ConsentNeeded()
    is_proven = is_trusted or proof_accept(proof)
    ask_admit(participant=participant, address_hash=address_hash, is_proven=is_proven)
    try:
        return reference_begin(
            participant=participant, instruction=instruction, input=input, language=language, address_hash=address_hash
        )
    except BaseException:
        place_give_back(participant=participant)
        raise
