"""Django's PostgreSQL with a pool that does not ask the server before each request; Django wants its backends in packages."""
