"""Searching Japanese: the pairs of neighbouring characters of a text, of which PostgreSQL keeps an index.

The trigrams of pg_trgm find no word of two characters, and most words of Japanese have two. `hitode_pairs` (a function in the
database, see the migration of `collection` that makes it) folds a text (NFKC, lower case) and gives each pair as a number.
A model has a GIN index on `Pairs(…)`; what has every pair of a word is then looked at, whether it has the word itself.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import QuerySet

Row = TypeVar("Row", bound=models.Model)

_QUOTES = re.compile("[「」“”]")

WORDS_AT_MOST = 8
WORD_MAX_CHARACTERS = 60
# Of a word that nearly every text has, only so many of the newest are looked at.
HITS_AT_MOST = 60_000
FIRST_LOOK = 256
# As many times what the first look makes likely is asked of the index before the whole is.
MARGIN = 2
# A word that none of the first look has is taken for so many times rarer than one that a single text of them has.
RARE = 5


class Pairs(models.Func):
    """The pairs of one column, or of two with a line's end between them, as an array of bigint."""

    function = "hitode_pairs"
    output_field = ArrayField(models.BigIntegerField())


class Fold(models.Func):
    """A column as `fold` has it."""

    function = "hitode_fold"
    output_field = models.TextField()


class Holds(models.Func):
    """Whether a folded text has a word."""

    function = "STRPOS"
    template = "%(function)s(%(expressions)s) > 0"
    output_field = models.BooleanField()


def _hits(model: type[models.Model], words: Sequence[str], *, since: int = 0) -> list[int]:
    """The ids of the newest rows, from `since` on, that have all pairs of the words."""
    with connection.cursor() as cursor:
        having = f"{model._meta.db_table}_having_since(%s::bigint[], %s)"
        cursor.execute(f"SELECT array(SELECT {having})", [pairs_of(words), since])
        ids: list[int] = cursor.fetchone()[0]
    return ids if len(ids) <= HITS_AT_MOST else sorted(ids, reverse=True)[:HITS_AT_MOST]


def function_having(table: str, *columns: str) -> str:
    """The statement that makes the function which gives the ids of a table's rows that have all pairs.

    A program of before `function_having_since` asks it, beside a newer database while an installation is brought up to date. It looks
    into the index and nowhere else: left to itself the planner takes a word that most rows have for a reason to count the pairs of each.
    """
    return f"""
        CREATE FUNCTION {table}_having(pairs bigint[]) RETURNS SETOF bigint
        LANGUAGE sql STABLE STRICT ROWS 2000 SET enable_seqscan = off
        BEGIN ATOMIC
            SELECT id FROM {table} WHERE hitode_pairs({", ".join(columns)}) @> pairs;
        END
    """


def function_having_since(table: str, *columns: str) -> str:
    """The statement that makes the function which gives the ids, from one on, of a table's rows that have all pairs.

    Both conditions are asked of their indexes, and rows are read where both hold: of a word that a tenth of half a million rows
    has, a page needs a few hundred. The memory is so much that no row must be looked at for its pairs again.
    """
    return f"""
        CREATE FUNCTION {table}_having_since(pairs bigint[], since bigint) RETURNS SETOF bigint
        LANGUAGE sql STABLE STRICT ROWS 2000
        SET enable_seqscan = off SET enable_indexscan = off SET plan_cache_mode = force_custom_plan SET work_mem = '64MB'
        BEGIN ATOMIC
            SELECT id FROM {table} WHERE hitode_pairs({", ".join(columns)}) @> pairs AND id >= since;
        END
    """


def fold(text: str) -> str:
    """A text as it is compared: full and half width alike, capitals and small letters alike."""
    # Sign by sign, as PostgreSQL does it: a Greek word's last letter and the Turkish İ are no exceptions.
    return "".join(map(str.lower, unicodedata.normalize("NFKC", text).replace("İ", "i")))


def words_of(asked: str) -> list[str]:
    """What a person asked for, in folded words of two characters or more; 「」 and "" hold words together."""
    words: list[str] = []
    outside = True
    for piece in _QUOTES.sub('"', fold(asked.replace("\x00", ""))).split('"'):
        words += piece.split() if outside else [" ".join(piece.split())]
        outside = not outside
    return [word[:WORD_MAX_CHARACTERS] for word in words if len(word) >= 2][:WORDS_AT_MOST]


def pairs_of(words: Sequence[str]) -> list[int]:
    """The pairs that a text has that has the words: as `hitode_pairs` numbers them."""
    return sorted({(ord(first) << 21) | ord(second) for word in words for first, second in pairwise(word)})


def having_words(rows: QuerySet[Row], words: Sequence[str], *columns: str) -> QuerySet[Row]:
    """Of the rows, those whose columns together have every word.

    The model has a GIN index on the `Pairs` of the columns, and the database a function `TABLE_having_since` that asks it
    (`function_having_since`). For a list of all; a page is quicker by `newest_having`.
    """
    if not words:
        return rows
    # Asked first, for itself: inside the statement the planner may ask it once for each row.
    return _narrowed(rows.filter(pk__in=_hits(rows.model, words)), words, columns)


def newest_having(
    rows: QuerySet[Row],
    words: Sequence[str],
    columns: Sequence[str],
    *,
    wanted: int,
    of: tuple[type[models.Model], str],
) -> list[Row]:
    """So many of the rows that have every word, those with the newest texts first.

    `of` names the model that has the texts and the way to it from a row ("pk" for its own); `columns` are named from the row.
    """
    model, way = of
    first = _id_back(model, FIRST_LOOK)
    newest = rows.filter(**{f"{way}__gt": first}) if first else rows
    count = _count_plain(newest, words, columns, wanted)
    if count == wanted:
        return _newest_of(newest, words, columns, wanted, way)
    likely = MARGIN * wanted * FIRST_LOOK
    if first and (since := _id_back(model, -(-likely // count) if count else likely * RARE)):
        found = _of_hits(rows, words, columns, wanted, way, _hits(model, words, since=since))
        if len(found) == wanted:
            return found
    return _of_hits(rows, words, columns, wanted, way, _hits(model, words))


def _id_back(model: type[models.Model], count: int) -> int | None:
    """The id so many rows before the newest; None where there are not so many."""
    return model._default_manager.order_by("-pk").values_list("pk", flat=True)[count : count + 1].first()


def _of_hits(
    rows: QuerySet[Row], words: Sequence[str], columns: Sequence[str], wanted: int, way: str, hits: list[int]
) -> list[Row]:
    """So many of the rows whose texts are among the hits and have the words, the newest first."""
    ids = sorted(hits, reverse=True)
    found: list[Row] = []
    size = FIRST_LOOK
    while ids and len(found) < wanted:
        some, ids = ids[:size], ids[size:]
        here = _narrowed(rows.filter(**{f"{way}__in": some}), words, columns)
        found += here.order_by(f"-{way}")[: wanted - len(found)]
        size *= 8
    return found


def _count_plain(rows: QuerySet[Row], words: Sequence[str], columns: Sequence[str], most: int) -> int:
    """How many of the rows have the words as they stand, counted up to so many: no text is folded for it."""
    for word in words:
        rows = rows.filter(_stands(word, columns))
    return len(rows.order_by().values_list("pk")[:most])


def _newest_of(rows: QuerySet[Row], words: Sequence[str], columns: Sequence[str], wanted: int, way: str) -> list[Row]:
    """So many of the rows that have the words, the newest first. Of a word that is everywhere the index would tell all the texts
    there are."""
    for word in words:
        rows = rows.filter(_stands(word, columns) | _stands_folded(word, columns))
    return list(rows.order_by(f"-{way}")[:wanted])


def _narrowed(rows: QuerySet[Row], words: Sequence[str], columns: Sequence[str]) -> QuerySet[Row]:
    for word in words:
        if len(word) > 2:  # a word of two is its own pair
            # As it stands is quick to see; few are written otherwise.
            rows = rows.filter(_stands(word, columns) | _stands_folded(word, columns))
    return rows


def _stands(word: str, columns: Sequence[str]) -> models.Q:
    return reduce(or_, (models.Q(**{f"{column}__contains": word}) for column in columns))


def _stands_folded(word: str, columns: Sequence[str]) -> models.Q:
    return reduce(or_, (models.Q(Holds(Fold(column), models.Value(word))) for column in columns))
