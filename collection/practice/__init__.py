"""The practice provider: a small ASGI program that speaks the Chat Completions protocol; no Django, no model behind it."""
