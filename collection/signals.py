"""What other apps may hear of. Each is sent inside the transaction, so that a listener's refusal undoes the whole."""

from django.dispatch import Signal

# reference: Reference, positioned and stored, its text not empty.
reference_stored = Signal()
# instruction: Instruction, already withdrawn; by: config.moves.Actor.
instruction_withdrawn = Signal()
