"""The services of the hall, by noun."""
