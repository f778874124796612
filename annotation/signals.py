"""What the hall says to whoever listens, so that a service need not know the jobs that follow it."""

from django.dispatch import Signal

# submission_id: the key of a submission whose transaction has just been committed.
submission_made = Signal()
