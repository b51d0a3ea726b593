"""What importing the client's names costs."""

import subprocess
import sys

import pytest

import softrorm.client

HEAVY = ("requests", "pydantic", "cachetools", "urllib3")


def loaded_after(code):
    probe = f"import sys\n{code}\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True).stdout.split()


def test_dialects_and_errors_load_no_network_library():
    assert loaded_after("from softrorm.client import Dialect, NotFound, AmbiguousWrite; Dialect.CURRENT") == []


@pytest.mark.parametrize("name", ["Client", "Transport", "Page", "Database", "Table", "TableField", "View", "Choice"])
def test_the_rest_is_there_when_it_is_named(name):
    assert getattr(softrorm.client, name).__name__ == name
    assert name in dir(softrorm.client)


def test_the_resources_are_a_module():
    assert loaded_after("import softrorm.client; assert softrorm.client.resources.Table")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Clinet"):
        softrorm.client.Clinet  # noqa: B018
