"""Screening checks: pure functions from a text to findings. What becomes of a text is decided in `services/screening.py`."""
