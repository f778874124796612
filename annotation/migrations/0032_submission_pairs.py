from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from config.text_search import Pairs, function_having


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0031_lots"),
        ("collection", "0008_text_search"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="submission",
            index=GinIndex(Pairs("text"), name="submission_pairs", fastupdate=True, gin_pending_list_limit=65536),
        ),
        migrations.RunSQL(
            function_having("annotation_submission", "text"), "DROP FUNCTION annotation_submission_having(bigint[])"
        ),
    ]
