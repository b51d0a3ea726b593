"""The cassettes themselves: each says where it is from, serves a test, and holds no key and no trace of a machine."""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
CASSETTES = HERE.parents[1] / "cassettes"
SERVICE = "https://tables-api.softr.io/api/v1/"
FILES = sorted(CASSETTES.rglob("*.yaml"))
TESTS = "".join(path.read_text("utf-8") for path in sorted(HERE.glob("test_*.py")))

KEY_LIKE = re.compile(
    r"softr-api-key|authorization|bearer |cookie|api[_-]?key|key-of-a-test|password|secret", re.IGNORECASE
)
MACHINE_LIKE = re.compile(
    r"/(home|root|tmp|work|users|var|opt)/|[a-z]:\\\\|localhost|127\.0\.0\.1|\[::1\]", re.IGNORECASE
)

each = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CASSETTES)))


@cache
def content(path):
    return yaml.load(path.read_text("ascii"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def test_there_are_cassettes():
    assert len(FILES) > 100


@each
def test_a_cassette_says_where_it_comes_from(path):
    said = content(path)
    kind = path.relative_to(CASSETTES).parts[0]
    if kind == "documented":
        assert said["transcribed_from"] == "Softr Database API, June 30, 2025"
        assert said["section"]
    else:
        assert said["recorded_from"] == {"sandbox": "softrorm sandbox", "live": "tables-api.softr.io"}[kind]


@each
def test_a_cassette_serves_a_test(path):
    kind, *folders = path.relative_to(CASSETTES).with_suffix("").parts
    if kind == "documented":
        named = f'"{"/".join(folders)}"' in TESTS
        assert named or f'"{folders[1]}"' in TESTS or f'"{folders[1].upper()}": ' in TESTS
    else:
        assert f"def test_{folders[0]}(" in TESTS


@each
def test_a_cassette_holds_no_key_and_no_trace_of_a_machine(path):
    text = path.read_text("ascii")
    assert not KEY_LIKE.findall(text)
    assert not MACHINE_LIKE.findall(text)
    for exchange in content(path)["interactions"]:
        assert exchange["request"]["uri"].startswith(SERVICE)
        assert set(exchange["request"]["headers"]) <= {"Content-Type"}
        assert set(exchange["response"]["headers"]) <= {"Content-Type", "Retry-After"}
