"""Puts this folder on the path, which pytest's importlib mode does not, for what the tests of the probe share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
