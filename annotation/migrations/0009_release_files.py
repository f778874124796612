"""Adds where a release lies, and the files that were in it when it was published."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0008_stop_grams_have_a_digest"),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="files",
            field=models.JSONField(
                default=list, help_text="What was in the folder when it was published: path, bytes, sha256."
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="folder",
            field=models.CharField(blank=True, help_text="Where the build left it.", max_length=1000),
        ),
    ]
