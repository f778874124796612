import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from altcha import Challenge, solve_challenge
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from collection.services.proof import challenge_make, proof_accept


@pytest.fixture(autouse=True)
def cheap(settings: Settings) -> Iterator[None]:
    settings.PROOF_COST = 1
    yield
    cache.clear()


def solve(challenge: dict[str, Any]) -> str:
    solution = solve_challenge(Challenge.from_dict(challenge))
    assert solution is not None
    return base64.b64encode(json.dumps({"challenge": challenge, "solution": solution.to_dict()}).encode()).decode()


def test_a_proof_is_good_once() -> None:
    proof = solve(challenge_make())
    assert proof_accept(proof)
    assert not proof_accept(proof)


def test_a_challenge_of_ones_own_making_is_none() -> None:
    challenge = challenge_make()
    challenge["parameters"]["keyPrefix"] = ""
    assert not proof_accept(solve(challenge))


def test_a_wrong_solution_is_none() -> None:
    given = json.loads(base64.b64decode(solve(challenge_make())))
    given["solution"]["counter"] += 1
    assert not proof_accept(base64.b64encode(json.dumps(given).encode()).decode())


@pytest.mark.parametrize("proof", ["", "nonsense", "bnVsbA==", "W10=", "e30=", "あ", "a" * 5000])
def test_what_is_no_proof_is_none(proof: str) -> None:
    assert not proof_accept(proof)


def test_an_old_challenge_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collection.services.proof.VALID_SECONDS", -10)
    assert not proof_accept(solve(challenge_make()))


@pytest.mark.django_db
def test_the_challenge_is_served_and_never_kept_by_a_cache() -> None:
    response = Client().get("/ask/challenge")
    assert set(response.json()) == {"parameters", "signature"}
    assert "no-store" in response["Cache-Control"]
