"""The API for partners' forms: JSON in, JSON or server-sent events out; errors are problem details (RFC 9457)."""
