"""Outcomes: what an answer decides, and how it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from softrorm.schema.probe.lab import Lab


class Verdict(Enum):
    """What became of a question."""

    SETTLED = "settled"
    EITHER = "either works"
    OPEN = "open"
    NOTED = "noted"
    SKIPPED = "not tried"


class Open(Exception):
    """A question that cannot be decided; the text says why."""

    verdict = Verdict.OPEN


class Skip(Open):
    """A question that needs something that was not given."""

    verdict = Verdict.SKIPPED


@dataclass(slots=True)
class Outcome:
    """The answer to a question.

    Attributes:
        text: The answer in words.
        sets: The switches that it settles.
        verdict: What became of the question.
    """

    text: str
    sets: dict[str, Any] = field(default_factory=dict)
    verdict: Verdict = Verdict.SETTLED


def noted(text: str) -> Outcome:
    """An answer that no switch hangs on."""
    return Outcome(text, verdict=Verdict.NOTED)


def told(value: Any) -> str:
    """A JSON value in a text."""
    return json.dumps(value, ensure_ascii=False)


def form_of(value: Any) -> str:
    """The form of a JSON value that is nobody's business."""
    if isinstance(value, dict):
        return f"an object of {', '.join(value)}"
    if isinstance(value, list):
        return f"a list of {form_of(value[0])}" if value else "[]"
    return "a text" if isinstance(value, str) else told(value)


def choose(lab: Lab, switch: str, trials: Mapping[str, Callable[[], bool]]) -> Outcome:
    """Try each form that a switch tells apart.

    Args:
        lab: The lab.
        switch: The switch.
        trials: For each form a function that tries it and says whether the service took it.

    Returns:
        The one form that works; where several do, the one that the dialect has already, else the first.

    Raises:
        Open: None works.
    """
    worked = [form for form, trial in trials.items() if trial()]
    if not worked:
        raise Open(f"neither of {', '.join(trials)} did what it should")
    if len(worked) == 1:
        return Outcome(f"only {worked[0]} works", {switch: worked[0]})
    kept = getattr(lab.dialect, switch)
    chosen = kept if kept in worked else worked[0]
    return Outcome(f"{' and '.join(worked)} work; {chosen} is used", {switch: chosen}, Verdict.EITHER)
