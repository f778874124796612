"""Adds an index of the references whose text was erased: the gate asks for them with every text."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collection", "0003_feedback_and_partners"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="reference",
            index=models.Index(
                condition=models.Q(("position__isnull", False), ("text", "")), fields=["id"], name="reference_erased"
            ),
        ),
    ]
