"""Explanation: what a query would send, for people and for programs: its requests, and what is loaded with them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from softrorm.query.loading import LoadPlan


@dataclass(frozen=True, slots=True)
class Explanation:
    """The requests that a query makes; printing it shows them. Made without any request.

    Attributes:
        method: The HTTP method, or an empty text where the query is answered without a request.
        path: The path below the base address.
        query: The parameters of the address.
        body: The search body, or ``None``.
        notes: What else there is to know, a sentence each.
        loads: How the records are loaded that links lead to, by the path of the link, in this order.
        before: What is asked first, since this request hangs on the answers.
        title: What a step is for.
    """

    method: str
    path: str
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    loads: tuple[tuple[str, LoadPlan], ...] = ()
    before: tuple[Explanation, ...] = ()
    title: str = ""

    def titled(self, title: str) -> Explanation:
        """The same as a step of something else."""
        return replace(self, title=title)

    def following(self, steps: Iterable[Explanation]) -> Explanation:
        """The same after other steps, unless nothing is asked at all."""
        return replace(self, before=tuple(steps)) if self.method else self

    def __str__(self) -> str:
        lines: list[str] = []
        for number, step in enumerate(self.before, 1):
            lines.extend((f"-- Step {number}: {step.title}", str(step)))
        if self.before:
            lines.append(f"-- Step {len(self.before) + 1}: the records")
        if self.method:
            parameters = "&".join(f"{key}={value}" for key, value in self.query.items())
            lines.append(f"{self.method} {self.path}{'?' + parameters if parameters else ''}")
        if self.body is not None:
            lines.append(json.dumps(self.body, indent=2, ensure_ascii=False))
        lines.extend(f"-- {note}" for note in self.notes)
        lines.extend(f"-- Then {path}: {plan}." for path, plan in self.loads)
        return "\n".join(lines)
