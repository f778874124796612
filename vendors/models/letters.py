"""Letters that wait to be sent: written down with what they tell of, so that none is lost and none leaves twice."""

from django.db import models
from django.db.models import Q

from vendors.models.people import User


class Letter(models.Model):
    """One letter to one person, in words. `key` says what it is about: a second of the same key is not written.

    `taken_at` is set before it is sent; whoever set it sends it. If that failed it is free again; if the process died
    in between, it stays taken, for it may have left.
    """

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="letters_to")
    key = models.CharField(max_length=160, unique=True)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "id"], name="letter_waits", condition=Q(taken_at__isnull=True))]
