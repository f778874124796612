"""Parquet files for tests."""

from pathlib import Path


def parquet_make(path: Path, query: str) -> None:
    """Write what DuckDB answers to a query."""
    import duckdb  # not before it is needed: what is loaded while tests are collected is never let go, of which DuckDB complains

    duckdb.sql(query).write_parquet(str(path))
