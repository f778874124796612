"""Models of the register, and outputs that they wrote, as `generate_synthetic` would store them."""

from annotation.models import SyntheticModel, SyntheticOutput
from annotation.services.synthetic import output_store
from annotation.services.synthetic_models import model_add, model_in_force
from collection.gateway import Completion
from collection.models import Instruction

MODEL = "practice"


def make_synthetic_model(name: str = MODEL, **facts: str) -> SyntheticModel:
    return model_add(
        name=name,
        licence=facts.get("licence", "Apache-2.0"),
        source=facts.get("source", "https://models.example.org/practice"),
        confirmed_by=facts.get("confirmed_by", "Aoi"),
        is_training_allowed=True,
    )


def make_synthetic_output(instruction: Instruction, *, text: str, finish_reason: str = "stop") -> SyntheticOutput:
    model = model_in_force(MODEL) if SyntheticModel.objects.filter(name=MODEL).exists() else make_synthetic_model()
    answer = Completion(text=text, finish_reason=finish_reason, model=MODEL, request_id="")
    output_store(instruction=instruction, answer=answer, model=model, host="127.0.0.1")
    return SyntheticOutput.objects.get(instruction=instruction, model=model)
