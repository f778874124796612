from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0007_clean_rule_knows_edits")]

    operations = [
        migrations.AddField(
            model_name="stopgrams",
            name="digest",
            field=models.CharField(default="", max_length=16),
            preserve_default=False,
        ),
        migrations.RenameField(model_name="stopgrams", old_name="reference_count", new_name="instruction_count"),
    ]
