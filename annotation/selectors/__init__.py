"""The selectors of the hall, by noun."""
