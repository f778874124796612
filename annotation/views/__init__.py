"""The views of the hall, by noun."""
