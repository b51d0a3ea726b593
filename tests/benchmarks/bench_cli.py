"""What a person at the prompt waits for: the time until the help, or what the tabulator adds, stands there."""

import json
import os
import statistics
import subprocess
import sys
import time

import pytest

BARE = [sys.executable, "-c", "pass"]
SOFTRORM = [sys.executable, "-c", "from softrorm.cli import main; main(prog_name='softrorm')"]
COMPLETING = {"_SOFTRORM_COMPLETE": "zsh_complete", "COMP_WORDS": "softrorm que", "COMP_CWORD": "1"}


def milliseconds(command: list[str], **environment: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, check=False)
    return (time.perf_counter() - began) * 1e3


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [(["--help"], {}), (["query", "--help"], {}), (["import", "--help"], {}), ([], COMPLETING)],
    ids=["help", "query --help", "import --help", "completing a command"],
)
def test_the_answer_stands_there_at_once(meter, page, arguments, environment):
    ratios = []

    def median() -> float:
        rounds = [(milliseconds([*SOFTRORM, *arguments], **environment), milliseconds(BARE)) for _ in range(7)]
        ratios.extend(mine / bare for mine, bare in rounds)
        return statistics.median(mine for mine, _ in rounds)

    try:
        meter.scaled(median, lambda: json.loads(page), "ms", bar=150)
    finally:
        print(f"{statistics.median(ratios):.1f} x python -c pass")
