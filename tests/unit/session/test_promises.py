"""The page on sessions names a test for each promise, and every test that it names is there."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "sessions.md"


def test_each_promise_names_tests_that_are_there():
    promises = PAGE.read_text("utf-8").split("## What commit promises")[1].split("What it cannot promise")[0]
    rows = [line for line in promises.splitlines() if line.startswith("| ") and "test_" in line]
    assert len(rows) >= 10
    for row in rows:
        [file] = re.findall(r"`(test_\w+\.py)`", row)
        source = (Path(__file__).parent / file).read_text("utf-8")
        names = re.findall(r"`(test_\w+)`", row)
        assert names
        for name in names:
            assert f"def {name}(" in source, f"{PAGE.name} names {file}: {name}, which is not there"
