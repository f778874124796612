"""Becomes one program of the product: for containers and service managers, which supervise by themselves."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from config import supervisor
from config.metrics import program_environment


class Command(BaseCommand):
    """Replaces this process by the web server, the worker or the clock. Prepares nothing: see `serve` for that."""

    help = "Run the web server, the worker or the clock alone, in the foreground."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("program", choices=["web", "worker", "beat"])
        parser.add_argument("--host", default=supervisor.LOOPBACK, help="where the web server listens")
        parser.add_argument("--port", type=int, default=settings.WEB_PORT)

    def handle(self, *args: Any, program: str, host: str, port: int, **options: Any) -> None:
        command = self.program(program, host, port).command
        os.execve(command[0], list(command), supervisor.child_environment(**program_environment(program)))

    def program(self, name: str, host: str, port: int) -> supervisor.Program:
        if name == "web":
            workers, root = settings.WEB_WORKERS, settings.STATIC_ROOT
            root.mkdir(parents=True, exist_ok=True)  # the server insists on the folder; collectstatic fills it
            return supervisor.web_program(port, host=host, workers=workers, static_root=root)
        if name == "worker":
            return supervisor.worker_program(processes=settings.JOB_WORKERS)
        return supervisor.beat_program()
