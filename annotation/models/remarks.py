"""What a writer has looked at and left as it is, and what they brought into a text from elsewhere."""

from django.db import models

from annotation.models.writing import Draft


class RemarkDismissal(models.Model):
    """A remark on a draft that its writer does not want to see again; `key` holds the check and the passage's words."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="dismissals")
    key = models.CharField(max_length=80)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="remark_dismissed_once", fields=["draft", "key"])]


class PastedPassage(models.Model):
    """A passage that came into a draft from elsewhere, by pasting or dropping; `source` once its writer has named it."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="pasted")
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="pasted_passage_once", fields=["draft", "text_sha256"])]
