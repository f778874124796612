"""The programs of a running Hitode and the ports they get."""

import socket
from pathlib import Path

import pytest

from config import supervisor


@pytest.fixture
def taken() -> socket.socket:
    """A loopback port somebody listens on."""
    with socket.socket() as listener:
        listener.bind((supervisor.LOOPBACK, 0))
        listener.listen()
        yield listener


def test_a_free_port_is_used(taken: socket.socket) -> None:
    port = supervisor.any_free_port()
    assert supervisor.free_port_from(port) == port


def test_a_taken_port_gives_way_to_the_next_free_one(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    assert not supervisor.is_port_free(port)
    assert supervisor.free_port_from(port) > port


def test_ports_that_are_all_taken_are_refused_with_what_to_set(
    monkeypatch: pytest.MonkeyPatch, taken: socket.socket
) -> None:
    monkeypatch.setattr(supervisor, "PORTS_TO_TRY", 0)
    with pytest.raises(supervisor.NoFreePort, match="HITODE_PORT"):
        supervisor.free_port_from(taken.getsockname()[1])


@pytest.mark.parametrize(
    "program", [supervisor.web_program(8000, workers=2, static_root=Path("/s")), supervisor.practice_program(8001)]
)
def test_servers_listen_on_loopback_only(program: supervisor.Program) -> None:
    command = list(program.command)
    assert command[command.index("--host") + 1] == "127.0.0.1"


def test_a_command_line_survives_a_folder_with_spaces() -> None:
    program = supervisor.web_program(8000, workers=1, static_root=Path("/my folder/static"))
    assert "'/my folder/static'" in program.shell_command
    assert program.shell_command.startswith("exec ")


def test_a_child_gets_our_environment_and_what_it_needs_to_practise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITODE_LOG_LEVEL", "ERROR")
    child = supervisor.child_environment(**supervisor.practice_environment(9000))
    assert child["HITODE_LOG_LEVEL"] == "ERROR"
    assert child["OPENAI_BASE_URL"] == "http://127.0.0.1:9000/v1"
    assert child["HITODE_PRACTICE"] == "true"
