"""Asking the gateway, as a test does it: with an identity of its own, by which the provider's log is searched."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from uuid import uuid4

from collection.gateway import Delta, Finished, Prompt, ProviderError, answer_stream


@dataclass
class Asking:
    """One question; after `read`, what came of it."""

    prompt: str
    deadline_seconds: float = 20
    max_completion_tokens: int = 5000
    safety_identifier: str = field(default_factory=lambda: uuid4().hex)
    texts: list[str] = field(default_factory=list)
    finished: Finished | None = None
    error: ProviderError | None = None

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def stream(self) -> AsyncGenerator[Delta | Finished, None]:
        return answer_stream(
            Prompt(self.prompt),
            safety_identifier=self.safety_identifier,
            max_completion_tokens=self.max_completion_tokens,
            deadline_seconds=self.deadline_seconds,
        )

    async def read(self) -> "Asking":
        try:
            async for part in self.stream():
                assert self.finished is None, "nothing comes after Finished"
                if isinstance(part, Finished):
                    self.finished = part
                else:
                    self.texts.append(part.text)
        except ProviderError as error:
            self.error = error
        return self
