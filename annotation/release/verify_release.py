#!/usr/bin/env python3
"""Checks a release of Hitode: python verify_release.py [FOLDER] [--key PUBLIC_KEY] [--tiles]

Needs Python 3.9 or newer and `pip install cryptography`; nothing of Hitode, and no network. Exit status: 0 when everything
holds, 1 when something does not, 2 when it could not be checked; the last lines say what to do. The key that signed is
printed: compare it with the one that the publisher shows on its own site, or give that one with --key.

What it checks, in this order:
  signature    the statement was signed by the key (Ed25519)
  files        every file that the statement names is there, byte for byte, and no other
  manifest     sizes, counts and the root are those of the files
  records      the same in every form (of Parquet: its bytes); canonical JSON, the fields of the schema, ids unique and in order
  split        every record is on the side that its family has for good
  provenance   one line for each record: who wrote it did not judge it, its use was allowed, the gate let it pass
  card         it tells the number of records that there are
  tree         the root over all records, as RFC 6962 builds it
  tombstones   no record that was taken back
  commitments  the log of commitments to models' answers only grew since the release before; --earlier FOLDER compares with that one
  tiles        with --tiles, if there are any: no record has a piece of a model's answer but those listed in tile_hits.jsonl
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from annotation.cleanroom.merkle_proofs import BrokenProof, consistency_verify, frontier_grow, frontier_root, leaf_hash
from annotation.release.beside import beside
from annotation.release.file_hashes import hashes_of
from annotation.release.provenance_lines import Making, making_read
from annotation.release.record_lines import (
    COUNTED,
    RECORDS_AT_ONCE,
    SIDES,
    Line,
    data_path,
    differing,
    is_blank,
    line_read,
    paths_of,
    side_of,
    text_of,
)
from annotation.release.tile_files import TilesDiffer, tiles_check

STATEMENT, SIGNATURE = "statement.intoto.json", "statement.intoto.json.sig"
MANIFEST, CARD = "MANIFEST.json", "README.md"
PROVENANCE, TOMBSTONES, CHECKPOINT = "provenance/records.jsonl", "tombstones.jsonl", "checkpoint"
NOTHING = (b"null", b"0", b'""')
UNSOUND = "この写しは使わず、公開元からもう一度受け取ってください。"
UNKNOWN = "この写しが正しいかどうかは、まだ分かりません。上のとおりにして、もう一度実行してください。"
MISSING = """the package cryptography is not there, without which no signature can be checked. Install it for this Python:
         {0} -m pip install cryptography
       Where that is refused, make a place for it beside this folder, not in it, and use the Python there:
         {0} -m venv {1}
         {2} -m pip install cryptography
         {2} {3}"""

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class Unsound(Exception):
    """Something in the release is not as it should be."""


class Uncheckable(Exception):
    """Nothing is known of the release: it could not be checked."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check a release of Hitode.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--key", metavar="PUBLIC_KEY", help="the publisher's key, 64 hexadecimal digits")
    parser.add_argument("--earlier", metavar="FOLDER", type=Path, help="the release before this one")
    parser.add_argument("--tiles", action="store_true", help="look for pieces of models' answers in every record")
    asked = parser.parse_args(arguments)
    with suppress(AttributeError):
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal that has not all letters
    try:
        for line in verify(asked.folder, asked.key, asked.earlier, at_once=True, scans=asked.tiles):
            print(line, flush=True)
    except Unsound as error:
        print(f"FAILS  {error}\n\nNOT SOUND: do not use this copy; get it from its publisher again. / {UNSOUND}")
        return 1
    except (Uncheckable, OSError) as error:
        print(
            f"?      {error}\n\nNOT CHECKED: nobody knows yet whether this copy is sound. Do as said above, then run this again. / {UNKNOWN}"
        )
        return 2
    print("\nSOUND: these are the bytes that were released. / 公開されたときのままです。")
    if not asked.key:
        print("Compare the key above with the one on the publisher's site. / 鍵を公開元のサイトと見比べてください。")
    return 0


def verify(
    folder: Path,
    trusted_key: str | None = None,
    earlier: Path | None = None,
    *,
    at_once: bool = False,
    scans: bool = False,
) -> Iterator[str]:
    """Yield a line for each thing that holds; raise Unsound at the first that does not. `at_once`: in two processes."""
    if not folder.is_dir():
        raise Uncheckable(f"there is no folder {folder}: give the folder of the release, the one that holds README.md")
    statement_bytes, signature_bytes = read(folder, STATEMENT), read(folder, SIGNATURE)
    signed = document(signature_bytes, SIGNATURE)
    key = check_signature(statement_bytes, signed, trusted_key)
    if signature_bytes != _encode(signed).encode() + b"\n":
        raise Unsound(f"signature: {SIGNATURE} is not canonical JSON")
    yield f"holds  signature: key {key.hex()}"

    statement = document(statement_bytes, STATEMENT)
    found = check_files(folder, statement, at_once=at_once)
    yield f"holds  files: {len(found)} files, byte for byte, and no other"

    manifest = document(read(folder, MANIFEST), MANIFEST)
    check_manifest(manifest, statement, signed, found)
    other_forms = partial(differing, folder, [side for side in SIDES if data_path(side) in found])
    awaited = beside(other_forms) if at_once else other_forms
    counts, root, ids, sides = check_records(folder, set(found))
    if path := awaited():
        raise Unsound(f"{path.partition('/')[0]}: {path} does not hold the same records")
    if manifest["records"] != len(ids):
        raise Unsound(f"manifest: it counts {manifest['records']} records, and there are {len(ids)}")
    if manifest["counts"] != {name: dict(counter) for name, counter in counts.items()}:
        raise Unsound("manifest: its counts are not those of the records")
    if manifest["split"] != dict(sides):
        raise Unsound("manifest: its split is not that of the records")
    yield "holds  manifest: sizes and counts are those of the files"
    yield f"holds  records and provenance: {len(ids)} of each, one to one"
    yield f"holds  split: {', '.join(f'{sides[side]} in {side}' for side in SIDES)}"
    told = f"| {len(ids)} ({', '.join(f'{side} {sides[side]}' for side in SIDES)}) |"
    if told not in read(folder, CARD).decode("utf-8", "replace"):
        raise Unsound("card: it tells another number of records")
    yield "holds  card: its number of records is that of the files"
    if manifest["merkle_root"] != root:
        raise Unsound("tree: the root over the records is another one than the manifest's")
    yield f"holds  tree: {root}"
    taken_back = check_tombstones(folder, ids)
    if manifest["withdrawals"] != taken_back:
        raise Unsound("manifest: it counts other withdrawals than there are")
    yield f"holds  tombstones: {taken_back} entries, none of them here"
    yield check_checkpoint(folder, manifest, set(found), earlier)
    try:
        yield tiles_check(folder, manifest.get("tiles"), set(found), [*map(data_path, SIDES)], scans=scans)
    except TilesDiffer as error:
        raise Unsound(f"tiles: {error}") from error
    except ArithmeticError as error:
        raise Uncheckable(f"tiles: {error}") from error
    if manifest["is_demonstration"]:
        yield "note   this is a demonstration: practice text, not for training"


def check_signature(statement: bytes, signed: dict[str, Any], trusted_key: str | None) -> bytes:
    """The public key, 32 bytes, whose signature of the statement is good."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        place = Path(__file__).resolve().parent.parent / "check"
        python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
        raise Uncheckable(MISSING.format(sys.executable, place, python, Path(__file__).resolve())) from None
    try:
        key = bytes.fromhex(signed["public_key"])
        signature = base64.b64decode(signed["signature"], validate=True)
        public = Ed25519PublicKey.from_public_bytes(key)
    except (KeyError, TypeError, ValueError) as error:
        raise Unsound(f"signature: {SIGNATURE} is not one") from error
    expected = {"algorithm": "ed25519", "key_id": hashlib.sha256(key).hexdigest()[:16], "public_key": key.hex()}
    if signed != {**expected, "signature": base64.b64encode(signature).decode()}:
        raise Unsound(f"signature: {SIGNATURE} contradicts itself")
    if trusted_key is not None and trusted_key.strip().lower() != key.hex():
        raise Unsound(f"signature: it was made with another key, {key.hex()}")
    try:
        public.verify(signature, statement)
    except InvalidSignature:
        raise Unsound("signature: the statement is not what was signed") from None
    return key


def check_files(folder: Path, statement: dict[str, Any], *, at_once: bool) -> dict[str, tuple[int, str]]:
    """Size and hash of every file by its path, after comparing them with the statement. `at_once`: two files at a time."""
    try:
        named = {subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]}
    except (KeyError, TypeError) as error:
        raise Unsound("files: the statement does not list them") from error
    there, inner = {}, set()
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(place, name)
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise Unsound(f"files: {path.relative_to(folder)} is a link or a device")
            if path.is_file():
                there[path.relative_to(folder).as_posix()] = path
            else:
                inner.add(path.relative_to(folder).as_posix())
    there = {name: path for name, path in there.items() if name not in (STATEMENT, SIGNATURE)}
    if missing := sorted(set(named) - set(there)):
        raise Unsound(f"files: {missing[0]} is missing")
    needed = {parent.as_posix() for name in named for parent in PurePosixPath(name).parents}
    if unknown := sorted((set(there) - set(named)) | (inner - needed)):
        raise Unsound(
            f"files: {unknown[0]} does not belong to the release; if it is yours, or your computer's, take it away"
        )
    found = dict(zip(sorted(there), hashes_of([there[name] for name in sorted(there)], at_once=at_once)))  # noqa: B905
    if changed := [name for name, (_size, digest) in found.items() if digest != named[name]]:
        raise Unsound(f"files: {changed[0]} was changed")
    return found


def check_manifest(
    manifest: dict[str, Any], statement: dict[str, Any], signed: dict[str, Any], found: dict[str, tuple[int, str]]
) -> None:
    """Raise unless manifest, statement and signature speak of the same release and the same files."""
    try:
        listed = {one["path"]: (one["bytes"], one["sha256"]) for one in manifest["files"]}
        predicate = {name: manifest[name] for name in ("name", "records", "merkle_root", "is_demonstration")}
        same_key = manifest["public_key"] == signed["public_key"]
        counted = [manifest["counts"], manifest["split"], manifest["withdrawals"]]
        is_whole = len(listed) == len(manifest["files"]) and [type(one) for one in counted] == [dict, dict, int]
    except (KeyError, TypeError) as error:
        raise Unsound("manifest: something is missing in it") from error
    if listed != {path: facts for path, facts in found.items() if path != MANIFEST} or not is_whole:
        raise Unsound("manifest: its files are not the ones that are there")
    if not {data_path("train"), PROVENANCE, TOMBSTONES} <= set(listed):
        raise Unsound("manifest: it has no records, no provenance or no tombstones")
    if statement.get("predicate") != predicate or not same_key:
        raise Unsound("manifest: the statement speaks of another release")


def check_records(folder: Path, found: set[str]) -> tuple[dict[str, Counter[str]], str, list[str], Counter[str]]:
    """Counts, root and ids of the records, and how many are on each side; each compared with its line of provenance."""
    kinds: Counter[tuple[bytes, ...]] = Counter()
    sides: Counter[str] = Counter(dict.fromkeys(SIDES, 0))
    ids: list[str] = []
    frontier: list[bytes] = []
    leaves: list[bytes] = []
    records: dict[str, Iterator[bytes]] = dict.fromkeys(SIDES, iter(()))
    for side in (side for side in SIDES if found & paths_of(side)):
        if missing := paths_of(side) - found:
            raise Unsound(f"records: {min(missing)} is missing")
        records[side] = lines(folder, data_path(side))
    for written in lines(folder, PROVENANCE):
        where = f"line {len(ids) + 1}"
        if (making := making_read(written)) is None:
            raise Unsound(f"provenance: {where}: it is not canonical JSON with the fields of a record's provenance")
        side = side_of(making.family[1:-1].decode())
        line = next(records[side], None)
        if line is None:
            raise Unsound(f"records: {where}: the provenance tells of a record that is not in {side}")
        record = record_of(line, f"records: {where}")
        id = text_of(record.id)
        if ids and id <= ids[-1]:
            raise Unsound(f"records: {where}: ids are not unique and in order")
        ids.append(id)
        leaves.append(check_provenance(line, record, making, f"provenance: {where}"))
        if len(leaves) == RECORDS_AT_ONCE:
            frontier, _size = frontier_grow(frontier, len(ids) - len(leaves), leaves)
            leaves = []
        sides[side] += 1
        kinds[record.language, record.category, record.source, record.licence] += 1
    if any(next(rest, None) is not None for rest in records.values()):
        raise Unsound("records: there is one without a line of provenance")
    counts: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
    for values, number in kinds.items():
        for name, value in zip(COUNTED, values):  # noqa: B905
            counts[name][text_of(value) or COUNTED[name]] += number
    frontier, _size = frontier_grow(frontier, len(ids) - len(leaves), leaves)
    return counts, frontier_root(frontier).hex(), ids, sides


def record_of(line: bytes, where: str) -> Line:
    """The fields of the record in a canonical line."""
    try:
        line.decode()
    except ValueError as error:
        raise Unsound(f"{where}: it cannot be read") from error
    if (record := line_read(line)) is None:
        raise Unsound(f"{where}: it is not canonical JSON with the fields of a record")
    if is_blank(record.instruction) or is_blank(record.output):
        raise Unsound(f"{where}: it is empty")
    return record


def check_provenance(line: bytes, record: Line, told: Making, where: str) -> bytes:
    """The leaf of a record, after comparing its provenance with it."""
    leaf = leaf_hash(bytes.fromhex(told.salt[1:-1].decode()) + line)
    if (told.id, told.record_sha256[1:-1]) != (record.id, hashlib.sha256(line).hexdigest().encode()):
        raise Unsound(f"{where}: it is that of another record")
    if told.leaf[1:-1] != leaf.hex().encode():
        raise Unsound(f"{where}: the leaf is not that of the record")
    if told.reviewer in (told.writer, told.editor):
        raise Unsound(f"{where}: somebody judged a text of their own")
    if told.licence != record.licence or (told.licence in NOTHING and told.terms in NOTHING):
        raise Unsound(f"{where}: neither terms nor a licence allow its use")
    if told.decision not in (b'"pass"', b'"review"'):
        raise Unsound(f"{where}: the gate did not let it pass")
    if told.policy == b'"hidden"' and told.shown_to_writer != b"false":
        raise Unsound(f"{where}: its writer had seen a model's answer")
    return leaf


def check_tombstones(folder: Path, ids: list[str]) -> int:
    """How many withdrawals are listed, after looking for their records."""
    here, number = set(ids), 0
    for number, line in enumerate(lines(folder, TOMBSTONES), 1):
        entry = canonical_object(line, f"tombstones: line {number}")
        if not isinstance(entry.get("records"), list):
            raise Unsound(f"tombstones: line {number}: it names no records")
        if taken_back := here.intersection(entry["records"]):
            raise Unsound(f"tombstones: record {min(taken_back)} was taken back")
    return number


def check_checkpoint(folder: Path, manifest: dict[str, Any], found: set[str], earlier: Path | None) -> str:
    """What holds of the log of commitments: it grew from that of the release before, and if that one is here, from its own."""
    now = manifest.get("checkpoint")
    if (CHECKPOINT in found) != bool(now) or (now and document(read(folder, CHECKPOINT), CHECKPOINT) != now):
        raise Unsound("commitments: the checkpoint is not the manifest's")
    try:
        before = now["grew_from"] if now else None
        if now and before:
            consistency_verify(
                first=before["size"],
                first_root=bytes.fromhex(before["root"]),
                second=now["size"],
                second_root=bytes.fromhex(now["root"]),
                proof=[bytes.fromhex(node) for node in before["proof"]],
            )
        if earlier is not None:
            then = document(read(earlier, CHECKPOINT), CHECKPOINT)
            if before is None or before["size"] != then["size"]:
                raise Uncheckable(
                    "this release goes on from the log of another one: give the one before it with --earlier"
                )
            if before["root"] != then["root"]:
                raise Unsound("commitments: the release before had another log")
        if now is None:
            return "note   there is no log of commitments: no model has answered yet"
        grown = f", grown from {before['size']} in the release before" if before else ""
        return f"holds  commitments: a log of {now['size']} answers{grown}, root {now['root']}"
    except (BrokenProof, KeyError, TypeError, ValueError) as error:
        raise Unsound("commitments: the log did not grow from that of the release before") from error


def read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise Uncheckable(f"{folder / name} is missing: this is no whole release; download all of its files") from None


def lines(folder: Path, name: str) -> Iterator[bytes]:
    """The lines of a file without their ends; the last one has an end too."""
    with (folder / name).open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                raise Unsound(f"{name}: it ends in the middle of a line")
            yield line[:-1]


def document(content: bytes, name: str) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unsound(f"{name}: it is not JSON") from error
    if not isinstance(value, dict):
        raise Unsound(f"{name}: it is not an object")
    return value


def canonical_object(line: bytes, where: str) -> dict[str, Any]:
    """The object in a line that is written in the one way there is: UTF-8, sorted keys, no spaces."""
    try:
        value: dict[str, Any] = json.loads(line)
        is_canonical = isinstance(value, dict) and _encode(value).encode() == line
    except (ValueError, RecursionError) as error:
        raise Unsound(f"{where}: it cannot be read") from error
    if not is_canonical:
        raise Unsound(f"{where}: it is not canonical JSON")
    return value


if __name__ == "__main__":
    sys.exit(main())
