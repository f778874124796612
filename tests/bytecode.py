"""Keeps compiled modules, whatever the environment says: a run starts dozens of programs, and each would compile its own.

Loaded by `-p` before everything else, because pytest rewrites the modules of its plugins too.
"""

import os
import sys

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
