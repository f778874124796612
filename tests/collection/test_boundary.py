"""The first line of the one promise: one place in the whole project can ask a model for text."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOOR = ROOT / "collection" / "gateway"


def project_files() -> Iterator[Path]:
    for entry in sorted(ROOT.iterdir()):
        if entry.suffix == ".py":
            yield entry
        elif entry.is_dir() and not entry.name.startswith(".") and entry.name != "var":
            yield from sorted(entry.rglob("*.py"))


def imported_names(source: str) -> set[str]:
    """The first part of every module that a source imports, `importlib` and `__import__` with a plain string included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__", "import_string")
        ):
            names |= {
                argument.value.partition(".")[0]
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            }
    return names


def test_only_the_gateway_imports_the_sdk() -> None:
    files = list(project_files())
    assert len(files) > 50, "the tree was not found"
    importing = {file for file in files if "openai" in imported_names(file.read_text(encoding="utf-8"))}
    assert importing == {DOOR / "client.py", DOOR / "answer.py"}


def test_the_practice_provider_knows_no_django_and_no_gateway() -> None:
    for file in (ROOT / "collection" / "practice").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert "django" not in imported_names(file.read_text(encoding="utf-8"))
        ours = {module for module in modules if module.partition(".")[0] == "collection"}
        assert all(module.startswith("collection.practice") for module in ours)


def test_an_import_is_found_however_it_is_spelt() -> None:
    spellings = [
        "import openai", "import openai.types as types", "from openai import OpenAI", "def f():\n    from openai.types import chat",
        "import importlib\nimportlib.import_module('openai')", "__import__('openai.types')",
    ]  # fmt: skip
    assert all("openai" in imported_names(spelling) for spelling in spellings)
    assert "openai" not in imported_names("from collection import openai_words\nname = 'openai'")
