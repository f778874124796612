"""What other apps may hear of. Sent inside the transaction unless it says otherwise, so that a listener's refusal undoes the whole."""

from django.dispatch import Signal

# instruction_id: int. Unlike the others it is sent after the commit: the moment to queue the screening.
instruction_received = Signal()
# references: list[Reference], positioned and stored, in the order of their positions, no text of them empty.
references_stored = Signal()
# instruction: Instruction, already withdrawn; by: config.moves.Actor.
instruction_withdrawn = Signal()
# instruction_ids: list[int], which were held or rejected after they had been fit; status: what they are now; by: config.moves.Actor.
instructions_unfit = Signal()
# instruction: Instruction, a passage of which was just destroyed.
instruction_redacted = Signal()
