"""What the demonstration is made of: the files beside this one, read into plain records."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Line:
    """One instruction of the demonstration, the output written for it and the stand-in for a model's answer."""

    instruction: str
    input: str
    language: str
    category: str
    output: str
    reference: str
    difficulty: int


class Scene:
    """The demonstration's people, orders, texts and the comments its reviewers write."""

    @cached_property
    def cast(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((FOLDER / "people.json").read_text(encoding="utf-8"))
        return loaded

    @cached_property
    def lines(self) -> list[Line]:
        text = (FOLDER / "instructions.jsonl").read_text(encoding="utf-8")
        return [Line(**json.loads(row)) for row in text.splitlines() if row.strip()]

    @cached_property
    def troublesome(self) -> list[dict[str, str]]:
        """Instructions that screening holds or rejects."""
        text = (FOLDER / "troublesome.jsonl").read_text(encoding="utf-8")
        return [json.loads(row) for row in text.splitlines() if row.strip()]

    def line_of(self, instruction: str, input: str) -> Line:
        return self._by_text[instruction, input]

    @cached_property
    def _by_text(self) -> dict[tuple[str, str], Line]:
        return {(line.instruction, line.input): line for line in self.lines}

    def first_attempt(self, instruction: str) -> dict[str, Any] | None:
        """Return the weaker text that was sent first for this instruction, with the comment it came back with."""
        return self._entry("returns", instruction)

    def rejection(self, instruction: str) -> dict[str, Any] | None:
        return self._entry("rejections", instruction)

    def is_copied_first(self, instruction: str) -> bool:
        """Whether somebody tries a model's answer first, which the gate refuses."""
        return instruction in self.cast["copies"]

    def close_call(self, instruction: str) -> dict[str, Any] | None:
        """Return what this text also says, in words near a model's, and what its reviewer answers the gate's question."""
        return self._entry("close_calls", instruction)

    def pasted(self, instruction: str) -> dict[str, Any] | None:
        """Return where this text was written, if not in the editor."""
        return self._entry("pasted", instruction)

    def _entry(self, name: str, instruction: str) -> dict[str, Any] | None:
        return next((entry for entry in self.cast[name] if entry["instruction"] == instruction), None)
