"""The settings in force: written once, kept, and told to every report."""

import threading
from dataclasses import asdict

import pytest
from django.db import connections

from annotation.cleanroom.decide import Settings
from annotation.cleanroom.engine import ENGINE_VERSION
from annotation.models import GateReport, GateSettings
from annotation.selectors.operations import clean_count
from annotation.services.clearance import clearance_run
from annotation.services.gate_settings import gate_settings_in_force
from tests.cast import Cast, cast
from tests.factories.records import make_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def test_the_settings_that_come_with_the_product_are_the_engines_own(people: Cast) -> None:
    assert gate_settings_in_force().thresholds == asdict(Settings())


def test_the_first_settings_come_with_the_product_and_stay(people: Cast) -> None:
    first = gate_settings_in_force()
    assert (first.version, first.engine_version) == (1, ENGINE_VERSION)
    assert gate_settings_in_force() == first
    assert GateSettings.objects.count() == 1


def test_a_new_engine_begins_with_the_settings_it_was_calibrated_with(people: Cast) -> None:
    GateSettings.objects.create(version=1, engine_version="0", thresholds={"review_run": 19, "light_weight": 55})
    second = gate_settings_in_force()
    assert (second.version, second.engine_version, second.thresholds) == (2, ENGINE_VERSION, asdict(Settings()))


def test_new_thresholds_hold_from_the_next_check_and_ask_for_a_new_clearance(people: Cast) -> None:
    task = make_record(people)
    assert clean_count() == 1
    stricter = gate_settings_in_force().thresholds | {"review_run": 17}
    GateSettings.objects.create(version=2, engine_version=ENGINE_VERSION, thresholds=stricter)
    assert clean_count() == 0
    clearance_run()
    report = GateReport.objects.filter(submission=task.current_submission).latest("id")
    assert (report.occasion, report.settings_version) == ("clearance", 2)
    assert clean_count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_processes_that_start_at_once_write_the_settings_once() -> None:
    start = threading.Barrier(4)
    found: list[int] = []

    def ask() -> None:
        start.wait(timeout=10)
        found.append(gate_settings_in_force().version)
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert found == [1, 1, 1, 1]
