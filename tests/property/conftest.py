"""Puts this folder on the path, which pytest's importlib mode does not, for the strategies that several tests share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
