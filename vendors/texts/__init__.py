"""Templates of the documents that an installation begins with, in both languages. They need a lawyer's eye before use."""

from pathlib import Path

HERE = Path(__file__).parent


def agreement_template(language: str, *, operator: str) -> str:
    """The writers' agreement with the operator's name filled in."""
    text = (HERE / f"agreement.{language}.md").read_text(encoding="utf-8")
    return text.replace("{{ operator }}", operator)


def guideline_template(language: str) -> str:
    """The writing guideline."""
    return (HERE / f"guideline.{language}.md").read_text(encoding="utf-8")
