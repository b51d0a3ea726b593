"""Where a module gets an import that it has not: sorted in, as isort and ruff would have it."""

import subprocess
import sys

import pytest

from softrorm.schema.inspect.imports import add_import

FUTURE = "from __future__ import annotations\n"


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ("", ("softrorm", "fields"), "from softrorm import fields\n"),
        ('"""Doc."""\n', ("decimal",), '"""Doc."""\n\nimport decimal\n'),
        (FUTURE, ("decimal",), f"{FUTURE}\nimport decimal\n"),
        ("import json\n", ("decimal",), "import decimal\nimport json\n"),
        ("import ast\n", ("decimal", "", "dec"), "import ast\nimport decimal as dec\n"),
        ("from json import dumps\n", ("decimal",), "import decimal\nfrom json import dumps\n"),
        (f"{FUTURE}\nimport json\n", ("decimal",), f"{FUTURE}\nimport decimal\nimport json\n"),
        (f"{FUTURE}\nimport requests\n", ("decimal",), f"{FUTURE}\nimport decimal\n\nimport requests\n"),
        ("import requests\n", ("decimal",), "import decimal\n\nimport requests\n"),
        ("import requests\n", ("__future__", "annotations"), f"{FUTURE}\nimport requests\n"),
        ("from softrorm import fields\n", ("softrorm", "TypedModel"), "from softrorm import TypedModel, fields\n"),
        (
            "from softrorm import (\n    Q,\n    fields,\n)\n",
            ("softrorm", "TypedModel"),
            "from softrorm import Q, TypedModel, fields\n",
        ),
        (
            "from softrorm import Q  # ours\n",
            ("softrorm", "fields"),
            "from softrorm import Q  # ours\nfrom softrorm import fields\n",
        ),
        ("from .base import Base\n", ("softrorm", "fields"), "from softrorm import fields\n\nfrom .base import Base\n"),
        ("#!/usr/bin/env python\nx = 1\n", ("decimal",), "#!/usr/bin/env python\nimport decimal\n\n\nx = 1\n"),
        ("import json\r\n", ("decimal",), "import decimal\r\nimport json\r\n"),
        ("import ast", ("decimal",), "import ast\nimport decimal\n"),
    ],
)
def test_an_import_goes_to_its_place(before, wanted, after):
    assert add_import(before, *wanted) == after


def test_ruff_finds_the_imports_sorted_in_whatever_order_they_came(tmp_path):
    text = '"""Doc."""\n\nimport os\n\nimport requests\n\nfrom .base import Base\n\nprint(os, requests, Base)\n'
    for wanted in [("softrorm", "fields"), ("decimal",), ("softrorm", "TypedModel"), ("__future__", "annotations")]:
        text = add_import(text, *wanted)
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select=I", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, text + done.stdout
