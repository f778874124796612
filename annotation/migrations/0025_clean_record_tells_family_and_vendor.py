"""Lets `clean_record` tell the family of an instruction, which decides the side of a split, and the vendor."""

from importlib import import_module

from django.db import migrations

before = import_module("annotation.migrations.0017_clean_record_tells_its_provenance")

LAST = "    guideline.version AS guideline,\n"
MORE = """    COALESCE(i.family, i.public_id) AS family,
    vendor.public_id AS vendor,
"""
JOIN = "LEFT JOIN annotation_recordsalt salt ON salt.task_id = t.id\n"
VENDOR = "JOIN vendors_organisation vendor ON vendor.id = work_order.vendor_id\n"
CLEAN_FACT = before.CLEAN_FACT.replace(LAST, LAST + MORE).replace(JOIN, VENDOR + JOIN)
CLEAN_RECORD = before.CLEAN_RECORD.replace(
    "terms, agreement, guideline\n", "terms, agreement, guideline, family, vendor\n"
)
DROPPED = "DROP VIEW clean_record; DROP VIEW clean_rule; DROP VIEW clean_fact"


class Migration(migrations.Migration):
    dependencies = [("annotation", "0024_figures"), ("collection", "0006_instruction_family")]

    operations = [
        migrations.RunSQL(
            f"{DROPPED}; {CLEAN_FACT}; {before.CLEAN_RULE}; {CLEAN_RECORD}; {before.GRANTED}",
            f"{DROPPED}; {before.CLEAN_FACT}; {before.CLEAN_RULE}; {before.CLEAN_RECORD}; {before.GRANTED}",
        ),
    ]
