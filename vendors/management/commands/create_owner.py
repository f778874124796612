"""Makes the first owner of a real installation, and the operator they own."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from config.errors import DomainError
from vendors.models import User
from vendors.services.people import owner_create


class Command(BaseCommand):
    help = "Make an owner, and the operator's organisation if there is none. The password is asked for, or read from stdin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name", help="the owner's name")
        parser.add_argument("--organisation", default="Hitode", help="the operator's name, if it does not exist yet")
        parser.add_argument("--language", default="ja", choices=[code for code, _name in settings.LANGUAGES])
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        email, name = options["email"].strip().lower(), options["name"].strip()
        try:
            validate_email(email)
            password = self._password(from_stdin=options["password_stdin"])
            validate_password(password, User(email=email, name=name))
            user = owner_create(
                email=email,
                name=name,
                password=password,
                organisation=options["organisation"],
                language=options["language"],
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.email} is an owner. Sign in at {settings.BASE_URL}/accounts/login/")
        if not settings.DEMONSTRATION:
            self.stdout.write("A second step is asked for at the first sign-in.")

    def _password(self, *, from_stdin: bool) -> str:
        if from_stdin:
            return sys.stdin.readline().rstrip("\n")
        password = getpass("Password: ")
        if getpass("The same again: ") != password:
            raise CommandError("The two passwords are not the same.")
        return password
