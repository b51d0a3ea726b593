"""Reports: the findings of a probe, as text for people and as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from softrorm._version import __version__
from softrorm.schema.probe.outcome import Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from softrorm.client.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Evidence:
    """One request and its answer, with ids by name and no secrets.

    Attributes:
        request: Method and path.
        query: The query parameters.
        body: What was sent.
        status: The status of the answer.
        answer: Its body.
    """

    request: str
    query: dict[str, str]
    body: Any
    status: int
    answer: Any

    def __str__(self) -> str:
        query = f"?{'&'.join(f'{name}={value}' for name, value in self.query.items())}" if self.query else ""
        lines = [f"{self.request}{query}"]
        lines += [] if self.body is None else [_compact(self.body)]
        return "\n".join([*lines, f"-> {self.status}", *([] if self.answer is None else [_compact(self.answer)])])


@dataclass(frozen=True, slots=True)
class Finding:
    """A question and its answer.

    Attributes:
        key: What the question is called.
        question: The question.
        tried: What was tried, and how the answer was read.
        answer: The answer in words.
        verdict: ``settled``, ``either works``, ``open``, ``noted`` or ``not tried``.
        facts: The section of the wire facts that has what was known before.
        switches: The switches of the dialect that hang on it.
        sets: Those that were settled, with their values.
        evidence: The requests and answers.
    """

    key: str
    question: str
    tried: str
    answer: str
    verdict: str
    facts: str
    switches: tuple[str, ...]
    sets: dict[str, Any]
    evidence: list[Evidence]


@dataclass(frozen=True, slots=True)
class Report:
    """What a probe found.

    Attributes:
        service: The address.
        probed_at: When.
        requests: How many requests were made.
        base: The dialect that the client had before.
        findings: The answers.
        errors: A sample of each kind of error, as it came.
        headers: The headers that answers had.
        dialect: What follows: the client's dialect with what was settled.
        left_behind: What could not be removed, in words; ``None`` if nothing was left.
    """

    service: str
    probed_at: datetime
    requests: int
    base: Dialect
    findings: list[Finding]
    errors: list[Evidence]
    headers: dict[str, str]
    dialect: Dialect
    left_behind: str | None = None

    def __getitem__(self, key: str) -> Finding:
        """The finding of a question, by its key."""
        for finding in self.findings:
            if finding.key == key:
                return finding
        raise KeyError(f"{key!r}; there are: {', '.join(one.key for one in self.findings)}")

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """The switches that differ from the client's dialect, with both values, the name aside."""
        names = [one.name for one in fields(self.base) if one.name != "name"]
        pairs = {name: (getattr(self.base, name), getattr(self.dialect, name)) for name in names}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    @property
    def verdicts(self) -> str:
        """How many questions came to which verdict, with the names of those that stayed undecided."""
        by_verdict: dict[str, list[str]] = {}
        for one in self.findings:
            by_verdict.setdefault(one.verdict, []).append(one.key)
        undecided = {Verdict.OPEN.value, Verdict.SKIPPED.value}
        told = [
            f"{len(keys)} {verdict}" + f" ({', '.join(keys)})" * (verdict in undecided)
            for verdict, keys in by_verdict.items()
        ]
        return f"{len(self.findings)} questions: {', '.join(told)}."

    def to_json(self) -> str:
        """The whole report as JSON text. Makes no request."""
        known = {
            "softrorm": __version__,
            "service": self.service,
            "probed_at": self.probed_at.isoformat(timespec="seconds"),
            "requests": self.requests,
            "base": json.loads(self.base.to_json()),
            "findings": [asdict(one) for one in self.findings],
            "errors": [asdict(one) for one in self.errors],
            "headers": self.headers,
            "dialect": json.loads(self.dialect.to_json()),
            "left_behind": self.left_behind,
        }
        return json.dumps(known, indent=2, ensure_ascii=False, default=sorted) + "\n"

    def to_markdown(self) -> str:
        """The report as a page of Markdown. Makes no request."""
        return "\n\n".join(self._parts()) + "\n"

    def _parts(self) -> list[str]:
        parts = [
            "# What this service does",
            f"Found by `softrorm probe` (softrorm {__version__}) at {self.service} on {self.probed_at:%Y-%m-%d %H:%M}"
            f" UTC, in {self.requests} requests. Keys, persons and signed links are left out; names in angle brackets"
            " stand for ids of a scratch database.",
        ]
        if self.left_behind:
            parts.append(f"**Left behind:** {self.left_behind}.")
        parts.append(self._summary())
        rows = [
            f"| `{one.key}` | {one.question} | {_cell(one.answer)} | {one.verdict} | {_cell(_switches(one))} |"
            for one in self.findings
        ]
        head = ["| Called | Question | Answer | Verdict | Switches |", "| --- | --- | --- | --- | --- |"]
        parts.append("## The answers\n\n" + "\n".join([*head, *rows]))
        parts.append(f"## The dialect\n\n```json\n{self.dialect.to_json()}```")
        parts.append("## Headers\n\n" + "\n".join(f"* `{name}: {value}`" for name, value in self.headers.items()))
        parts.append("## Errors, as they came")
        parts += [f"```text\n{one}\n```" for one in self.errors] or ["None."]
        parts.append("## Evidence")
        for one in self.findings:
            facts = f" What was known: wire-facts {one.facts}." if one.facts else ""
            parts.append(f"### {one.question}\n\nTried: {one.tried}.{facts}\n\nFound: {_prose(one.answer)}.")
            parts += [f"```text\n{exchange}\n```" for exchange in one.evidence]
        return parts

    def _summary(self) -> str:
        text = self.verdicts
        if not self.changed:
            return f"{text} The dialect is `{self.base.name}` in all points."
        lines = [
            f"* `{name}`: {_shown(after)} instead of {_shown(before)}" for name, (before, after) in self.changed.items()
        ]
        return "\n".join([f"{text} The dialect differs from `{self.base.name}` in:", "", *lines])


def _switches(finding: Finding) -> str:
    settled = [
        f"`{name}`" if isinstance(value, frozenset) else f"`{name}` = `{_compact(value)}`"
        for name, value in finding.sets.items()
    ]
    kept = [f"`{name}` as it was" for name in finding.switches if name not in finding.sets]
    return ", ".join([*settled, *kept])


def _shown(value: Any) -> str:
    return f"`{', '.join(sorted(value)) if isinstance(value, frozenset) else _compact(value)}`"


def _cell(text: str) -> str:
    return _prose(text).replace("|", "\\|").replace("\n", " ")


def _prose(text: str) -> str:
    """Names in angle brackets, as Markdown shows them."""
    return text.replace("<", "&lt;")


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=sorted)
