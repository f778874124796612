"""An answer under way has the number of the web process that streams it, so that a sweep knows when that is gone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collection", "0009_search_since")]

    operations = [
        migrations.AddField(
            model_name="reference",
            name="process",
            field=models.IntegerField(
                blank=True, help_text="Who streams it, by its number of `config/presence.py`.", null=True
            ),
        ),
    ]
