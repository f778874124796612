"""Runs the whole product on this machine: the command behind `make run`."""

import logging
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any
from unicodedata import east_asian_width

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from config import supervisor
from config.metrics import program_environment
from config.migrating import quick_states
from config.supervision import Supervisor
from config.terminal import terminal_language

READY_SECONDS = 90


class Command(BaseCommand):
    """Prepares what is missing, keeps every program running under one supervisor, and stops them all on Ctrl-C."""

    help = "Run the web server, the worker and the clock; Ctrl-C stops everything."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.WEB_PORT, help="where the site listens (HITODE_PORT)")
        parser.add_argument("--no-seed", action="store_true", help="leave an empty database empty")

    def handle(self, *args: Any, port: int, no_seed: bool, **options: Any) -> None:
        translation.activate(terminal_language())
        self.prepare(seed=settings.DEMONSTRATION and not no_seed)
        try:
            actual = supervisor.free_port_from(port)
        except supervisor.NoFreePort as error:
            raise CommandError(str(error)) from None
        if actual != port:
            self.stdout.write(_("Port %(port)s is taken; using %(actual)s.") % {"port": port, "actual": actual})
        manager = self.manager(actual)
        connections.close_all()  # the children are forked from here, and a connection cannot be shared
        banner = threading.Thread(target=self.announce, args=(actual, manager), daemon=True)
        banner.start()
        signal.signal(signal.SIGHUP, _hang_up)
        manager.loop()
        if manager.returncode not in (0, 130, 143):
            raise CommandError(_("A program cannot start; the reason is in its last lines above."))

    def prepare(self, *, seed: bool) -> None:
        """Bring the database, the translations and the static files up to date; quick when they are."""
        self.say(_("Preparing the database"))
        with quick_states():
            call_command("migrate", interactive=False, verbosity=0)
        self.call_if_there("ensure_export_role")
        call_command("compile_translations", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if seed and not get_user_model()._default_manager.exists():
            self.say(_("Filling the demonstration"))
            self.call_if_there("seed_demo")

    def call_if_there(self, command: str) -> None:
        """Run a command of an app; an installation may leave the app out."""
        if command in get_commands():
            call_command(command, stdout=self.stdout, stderr=self.stderr)

    def manager(self, port: int) -> Supervisor:
        """The supervisor with its programs, not yet running."""
        environment = {"HITODE_PORT": str(port)}
        programs = [
            supervisor.web_program(port, workers=settings.WEB_WORKERS, static_root=settings.STATIC_ROOT),
            supervisor.worker_program(processes=settings.JOB_WORKERS),
            supervisor.beat_program(),
        ]
        if not settings.OPENAI_API_KEY and not settings.OPENAI_BASE_URL:
            practice_port = supervisor.any_free_port()
            programs.append(supervisor.practice_program(practice_port))
            environment |= supervisor.practice_environment(practice_port)
        manager = Supervisor()
        for program in programs:
            manager.add_process(
                program.name,
                program.shell_command,
                env=supervisor.child_environment(**environment, **program_environment(program.name)),
                cwd=str(settings.BASE_DIR),
            )
        return manager

    def announce(self, port: int, manager: Supervisor) -> None:
        """Say where to go, once there is somebody to answer."""
        deadline = time.monotonic() + READY_SECONDS
        while not _is_answering(port):
            if manager.returncode is not None or time.monotonic() > deadline:
                return
            time.sleep(0.1)
        translation.activate(terminal_language())  # languages are chosen for each thread
        self.stdout.write("\n".join(["", *self.banner(f"http://localhost:{port}"), ""]))

    def banner(self, address: str) -> Iterable[str]:
        """The addresses and the demonstration's sign-ins."""
        yield f"  Hitode 人手   {address}/"
        for sign_in in _demonstration_sign_ins():
            words = "   ".join(word for word in (sign_in.email, sign_in.password) if word)
            yield f"  {_padded(str(sign_in.door), 24)} {_padded(address + sign_in.path, 32)} {words}".rstrip()
        if not settings.OPENAI_API_KEY and not settings.OPENAI_BASE_URL:
            yield "  " + _("The answers are for practice. Set OPENAI_API_KEY for real ones.")
        yield "  " + _("Ctrl-C stops everything; your data stays.")

    def say(self, message: str) -> None:
        """One plain line of progress."""
        self.stdout.write(f"{message} …")


def _demonstration_sign_ins() -> Iterable[Any]:
    """Objects with `door`, `path`, `email` and `password`, from the app that seeds the demonstration."""
    if not settings.DEMONSTRATION:
        return []
    try:
        sign_ins: Iterable[Any] = import_string(settings.DEMONSTRATION_SIGN_INS)
    except ImportError:
        logging.getLogger(__name__).info("no demonstration sign-ins at %s", settings.DEMONSTRATION_SIGN_INS)
        return []
    return sign_ins


def _padded(text: str, columns: int) -> str:
    """Text filled up to a number of columns of a terminal, where a kanji takes two."""
    width = sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * (columns - width)


def _is_answering(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{supervisor.LOOPBACK}:{port}/healthz", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _hang_up(signum: int, frame: object) -> None:
    """The terminal is gone: stop as on Ctrl-C, without writing to it any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.kill(os.getpid(), signal.SIGTERM)
