"""What the other apps may listen to.

`work_order_moved` is sent inside the transaction of the move, with `order`, `old`, `new` and `by` (a user, or None for the
system). A receiver that raises a DomainError undoes the move. `work_order_amended` is sent likewise, with `order`, which carries
its new terms, and `by`.
`delivery_waits` is sent after the commit, with `delivery_id`: a webhook has something to be sent. `letters_wait` is sent likewise, without more:
letters were written down.
"""

from django.dispatch import Signal

work_order_moved = Signal()
work_order_amended = Signal()
delivery_waits = Signal()
letters_wait = Signal()
