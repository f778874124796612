"""Plain functions that make rows for tests; each app has its own module."""
