"""What a writer has looked at and left as it is."""

from django.db import models

from annotation.models.writing import Draft


class RemarkDismissal(models.Model):
    """A remark on a draft that its writer does not want to see again; `key` holds the check and the passage's words."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="dismissals")
    key = models.CharField(max_length=80)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="remark_dismissed_once", fields=["draft", "key"])]
