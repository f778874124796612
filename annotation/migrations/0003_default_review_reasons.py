"""Gives a new installation reasons to return or reject a text with; an operator edits them afterwards."""

from typing import Any

from django.db import migrations

REASONS = [
    ("instruction_missed", "指示に答えていない", "Does not answer the instruction"),
    ("facts", "事実が違う", "Facts are wrong"),
    ("incomplete", "足りない点がある", "Something is missing"),
    ("language", "日本語・文法の誤り", "Language or grammar"),
    ("style", "文体・表記がガイドラインと違う", "Style differs from the guideline"),
    ("structure", "構成がわかりにくい", "Hard to follow"),
    ("length", "長さが範囲に合わない", "Too long or too short"),
    ("personal_data", "個人情報が含まれる", "Contains personal data"),
    ("too_close", "他の文章に似すぎている", "Too close to another text"),
    ("harmful", "有害な内容", "Harmful content"),
]


def add_reasons(apps: Any, schema_editor: Any) -> None:
    reason = apps.get_model("annotation", "ReviewReason")
    for order, (code, label_ja, label_en) in enumerate(REASONS):
        reason.objects.get_or_create(
            code=code, defaults={"label_ja": label_ja, "label_en": label_en, "sort_order": order * 10}
        )


class Migration(migrations.Migration):
    dependencies = [("annotation", "0002_clean_views")]

    operations = [migrations.RunPython(add_reasons, migrations.RunPython.noop)]
