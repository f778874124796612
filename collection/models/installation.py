"""What kind of installation this database is."""

import pgtrigger
from django.db import models


class Installation(models.Model):
    """The single row that says whether everything in this database is a demonstration.

    `clean_record` reads it: practice text passes only in a demonstration, and a database never stops
    being one, so that nothing practised can be relabelled later.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    is_demonstration = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(name="installation_is_single", condition=models.Q(id=1))]
        triggers = [pgtrigger.Protect(name="settled_once", operation=pgtrigger.Update | pgtrigger.Delete)]
