from django.db import migrations

from config.text_search import function_having_since


class Migration(migrations.Migration):
    dependencies = [("annotation", "0040_counts_kept"), ("collection", "0009_search_since")]

    operations = [
        migrations.RunSQL(
            function_having_since("annotation_submission", "text"),
            "DROP FUNCTION annotation_submission_having_since(bigint[], bigint)",
        ),
    ]
