"""The one door to the model provider. Nothing else in the project may import `openai`; nothing here touches the database.

A caller gets text in `Delta`s, then one `Finished`; or a `ProviderError`. It retries, if at all, only an error that says
`is_retryable`, which none does once text has come. To stop, cancel the task that reads, or `aclose()` the stream: the
connection to the provider is closed at once, whether or not it has answered yet. Wrap the stream in
`contextlib.aclosing` wherever the reading may end early.
"""

from collection.gateway.answer import Delta, Finished, Prompt, answer_stream, build_messages
from collection.gateway.client import clients_close, is_practice, provider_name, warm_up
from collection.gateway.completion import Completion, text_complete
from collection.gateway.cost import Price, PriceUnknown, Usage, cost_microusd, price_of
from collection.gateway.errors import ProviderError
from collection.gateway.moderation import Moderation, text_moderate, texts_moderate

__all__ = [
    "Completion",
    "Delta",
    "Finished",
    "Moderation",
    "Price",
    "PriceUnknown",
    "Prompt",
    "ProviderError",
    "Usage",
    "answer_stream",
    "build_messages",
    "clients_close",
    "cost_microusd",
    "is_practice",
    "price_of",
    "provider_name",
    "text_complete",
    "text_moderate",
    "texts_moderate",
    "warm_up",
]
