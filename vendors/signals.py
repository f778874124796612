"""What the other apps may listen to.

`work_order_moved` is sent inside the transaction of the move, with `order`, `old`, `new` and `by` (a user, or None for the
system). A receiver that raises a DomainError undoes the move.
"""

from django.dispatch import Signal

work_order_moved = Signal()
