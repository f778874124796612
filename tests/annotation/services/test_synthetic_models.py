"""The register of models: what can be in it, and that what is in it stays."""

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from annotation.errors import (
    ModelNameUnreadable,
    ModelRefused,
    ModelUnknown,
    ModelUnvouched,
    ServerRefused,
    ServerUnusable,
)
from annotation.models import SyntheticModel
from annotation.services.synthetic_models import model_add, model_in_force, model_name_check, model_revoke, server_host
from tests.factories.synthetic import make_synthetic_model

OPENAI_NAMES = [
    "gpt-4o",
    "GPT-4",
    "gpt-3.5-turbo-instruct",
    "gpt-oss-20b",
    "gpt4",
    "openai/gpt-oss-120b",
    "openai/anything",
    "chatgpt-4o-latest",
    "o1",
    "o1-mini",
    "o3",
    "openrouter/o3-pro",
    "o4-mini",
    "ft:o4-mini:mine",
    "ft:gpt-4o-mini:mine::1",
    "davinci-002",
    "text-davinci-003",
    "text-embedding-3-small",
    "babbage-002",
    "codex-mini-latest",
    "llama-tuned-on-gpt4",
    "azure/my-openai-model",
]
OTHER_NAMES = [
    "practice",
    "Qwen/Qwen2.5-7B-Instruct",
    "qwen2.5:7b",
    "mistralai/Mistral-7B-Instruct-v0.3",
    "llm-jp/llm-jp-3-13b-instruct",
    "rinna/japanese-gpt-neox-3.6b",
    "microsoft/phi-4",
    "AIDC-AI/Marco-o1",
    "THUDM/chatglm3-6b",
]
REFUSED_SERVERS = [
    "https://api.openai.com/v1",
    "https://API.OpenAI.com:443/v1",
    "https://api.openai.com./v1",
    "https://eu.api.openai.com/v1",
    "https://mine.openai.azure.com/openai",
    "https://mine.cognitiveservices.azure.com/",
    "https://chatgpt.com/backend",
    "https://api.anthropic.com/v1",
    "https://generativelanguage.googleapis.com/v1beta/openai/",
    "https://us-central1-aiplatform.googleapis.com/v1",
    "https://api.x.ai/v1",
]
UNUSABLE_SERVERS = [
    "",
    "127.0.0.1:8000",
    "ftp://models.example.org",
    "http://",
    "http://me:secret@host/v1",
    "http://h:x/v1",
]


@pytest.mark.parametrize("name", OPENAI_NAMES)
def test_a_model_of_openai_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(ModelRefused):
        model_name_check(name)


@pytest.mark.django_db
@pytest.mark.parametrize("name", OPENAI_NAMES)
def test_the_database_refuses_it_too(name: str) -> None:
    facts = {"licence": "MIT", "source": "https://x.example", "confirmed_by": "Aoi", "is_training_allowed": True}
    with pytest.raises(IntegrityError, match="synthetic_model_is_not_openai"), transaction.atomic():
        SyntheticModel.objects.create(name=name, version=1, **facts)


@pytest.mark.django_db
@pytest.mark.parametrize("name", OTHER_NAMES)
def test_other_models_may_be_entered(name: str) -> None:
    make_synthetic_model(name)
    assert model_in_force(name).name == name


@pytest.mark.parametrize("name", ["", "ɡpt-4", "gрt-4", "a model", "x" * 101, "-x", "名前"])
def test_a_name_of_other_signs_is_refused(name: str) -> None:
    with pytest.raises(ModelNameUnreadable):
        model_name_check(name)


@pytest.mark.parametrize("url", REFUSED_SERVERS)
def test_a_server_whose_terms_forbid_it_is_refused(url: str) -> None:
    with pytest.raises(ServerRefused):
        server_host(url)


@pytest.mark.parametrize("url", UNUSABLE_SERVERS)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(ServerUnusable):
        server_host(url)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:8000/v1", "127.0.0.1"),
        ("https://Models.Example.org/v1", "models.example.org"),
        ("http://[::1]:8000/v1", "::1"),
        ("https://notopenai.com/v1", "notopenai.com"),
    ],
)
def test_a_server_of_ones_own_is_known_by_its_host(url: str, host: str) -> None:
    assert server_host(url) == host


@pytest.mark.django_db
@pytest.mark.parametrize(
    "missing",
    [{"licence": " "}, {"source": ""}, {"confirmed_by": ""}, {"is_training_allowed": False}, {"source": "a shelf"}],
)
def test_nothing_is_entered_without_every_fact_and_the_confirmation(missing: dict[str, object]) -> None:
    facts = {"licence": "MIT", "source": "https://x.example", "confirmed_by": "Aoi", "is_training_allowed": True}
    with pytest.raises(ModelUnvouched):
        model_add(name="practice", **{**facts, **missing})  # type: ignore[arg-type]
    assert not SyntheticModel.objects.exists()


@pytest.mark.django_db
def test_a_new_word_is_a_new_row_and_the_newest_is_in_force() -> None:
    first = make_synthetic_model(licence="MIT")
    make_synthetic_model(licence="Apache-2.0", confirmed_by="Minato")
    assert (model_in_force("practice").version, model_in_force("practice").licence) == (2, "Apache-2.0")
    model_revoke(name="practice", by="Aoi")
    with pytest.raises(ModelUnknown):
        model_in_force("practice")
    assert SyntheticModel.objects.count() == 3
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        SyntheticModel.objects.filter(pk=first.pk).update(licence="other")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        SyntheticModel.objects.filter(pk=first.pk).delete()
