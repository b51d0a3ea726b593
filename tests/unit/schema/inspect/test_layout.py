"""How long values are laid out: as a formatter would leave them, and within its width."""

import subprocess
import sys

from softrorm.schema.inspect.layout import Call, assignment


def ruff(source, *arguments):
    command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "-"]
    return subprocess.run(command, input=source, text=True, capture_output=True, check=False)


def test_texts_of_any_length_are_left_as_they_are_by_a_formatter_and_fit_its_width():
    lines = []
    for length in range(40, 130, 3):
        for text in ("{" + "x" * length + "} & {def}", "word " * (length // 5) + "end", "y" * length):
            for keywords in ({"options": {"formula": text}}, {"description": text}):
                lines += assignment(f"name_{len(lines)}", "fields.Number", Call("fields.Number", ["abcde"], keywords))
    source = "from softrorm import fields\n\n\nclass A:\n" + "\n".join(lines) + "\n"
    assert ruff(source, "format").stdout == source
    assert ruff(source, "check", "--select=E501", "--line-length=88").stdout.strip() == "All checks passed!"
