"""Scrubbing: evidence that can be published. Keys, cookies, signed links and persons are blotted out.

Ids of the scratch database, which are gone with it, give way to the names of what they stood for, so that a request can
be read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from softrorm.schema.probe.report import Evidence, Finding

if TYPE_CHECKING:
    from softrorm.schema.probe.exchange import Exchange
    from softrorm.schema.probe.lab import Lab
    from softrorm.schema.probe.outcome import Outcome
    from softrorm.schema.probe.questions import Question

HIDDEN = "***"
MOST_ITEMS = 4
MOST_TEXT = 400
MOST_EXCHANGES = 30
SHOWN_FIRST, SHOWN_LAST = 2, 14
SHORT_ID = 5
"""The length of a field's id, which may stand in a text by chance."""
SHORT_NAME = 3
"""The letters of a person's name, and of other words about them, that are looked for inside a text."""
SIGNATURE = re.compile(r"([?&][\w-]*(?:signature|credential|token|key|expires|date|policy)[\w-]*=)[^&\s\"']+", re.I)
SECRET_HEADERS = {"set-cookie", "cookie", "authorization", "softr-api-key"}
PERSONAL = ("id", "name", "email", "avatarUrl")


class Scrubber:
    """Turns what a lab wrote down into evidence.

    Args:
        lab: The lab, when all is asked.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._texts: dict[str, str] = {}
        self._shown: set[str] = set()
        self._sent: Any = None
        self._hide = lab.client._credentials.current().hide
        known = {lab.scratch.id: "database", lab.table: "main", lab.targets: "targets"}
        known |= {lab.scratch.workspace: "workspace", lab.target: "Name of targets"}
        known |= {value: key for ids in (lab.ids, lab.choices, lab.records) for key, value in ids.items()}
        known[lab.attachment] = "attachment"
        self._names = {identifier: f"<{name}>" for identifier, name in known.items() if identifier}
        self._persons = {str(value) for value in map(lab.person.get, PERSONAL) if value}
        # One pass over a text: it is asked of each word that was sent or answered.
        found = [re.escape(one) for one in self._names if len(one) > SHORT_ID]
        found += [rf"(?<!\w){re.escape(one)}(?!\w)" for one in self._persons if _is_telling(one)]
        self._found = re.compile("|".join(sorted(found, key=len, reverse=True)) or r"(?!)")

    def finding(self, question: Question, outcome: Outcome, first: int, last: int) -> Finding:
        """A question with its answer, and the exchanges that belong to it, without the middle of a long row."""
        exchanges = self._lab.exchanges[first:last]
        if len(exchanges) > MOST_EXCHANGES:
            exchanges = exchanges[:SHOWN_FIRST] + exchanges[-SHOWN_LAST:]
        return Finding(
            key=question.key,
            question=question.asks,
            tried=question.tries,
            answer=self.text(outcome.text),
            verdict=outcome.verdict.value,
            facts=question.facts,
            switches=question.switches,
            sets=outcome.sets,
            evidence=[self.evidence(one) for one in exchanges],
        )

    def errors(self) -> list[Evidence]:
        """One sample of each kind of error that was answered."""
        samples: dict[str, Exchange] = {}
        for one in self._lab.exchanges:
            if not one.ok:
                samples.setdefault(one.said, one)
        return [self.evidence(one) for one in samples.values()]

    def headers(self) -> dict[str, str]:
        """The headers that answers had, by name, each with one of its values."""
        return {
            name: HIDDEN if name.lower() in SECRET_HEADERS else self.text(value)
            for name, value in sorted(self._lab.headers.items())
        }

    def evidence(self, exchange: Exchange) -> Evidence:
        """One exchange, with nothing in it that is nobody's business."""
        self._sent = exchange.body.get("fields") if isinstance(exchange.body, dict) else None
        return Evidence(
            request=f"{exchange.method} {'/'.join(map(self._named, exchange.path.split('/')))}",
            query=dict(exchange.query),
            body=self.value(exchange.body),
            status=exchange.status,
            answer=self.value(exchange.payload),
        )

    def value(self, value: Any) -> Any:
        """A JSON value, shortened."""
        if isinstance(value, dict):
            personal = "email" in value
            return {
                self._named(key): HIDDEN if personal and key in PERSONAL and one else self.value(one)
                for key, one in self._telling(value).items()
            }
        if isinstance(value, list):
            shown = [self.value(one) for one in value[:MOST_ITEMS]]
            return shown + [f"... and {len(value) - MOST_ITEMS} more"] * (len(value) > MOST_ITEMS)
        return self.text(self._named(value)) if isinstance(value, str) else value

    def _telling(self, value: dict[str, Any]) -> dict[str, Any]:
        """What an object tells that no one before it told: of a later record the cells that were written."""
        if "createdAt" in value and isinstance(cells := value.get("fields"), dict):
            if "record" in self._shown:
                written = {key: cell for key, cell in cells.items() if key in (self._sent or ())}
                return {"id": value.get("id"), **({"fields": {**written, "...": "..."}} if written else {"...": "..."})}
            self._shown.add("record")
        if isinstance(value.get("aiOptions"), dict):
            if "field" in self._shown:
                return {**value, "aiOptions": "..."}
            self._shown.add("field")
        return value

    def text(self, text: str) -> str:
        """A text without secrets and persons."""
        if (known := self._texts.get(text)) is None:
            known = self._texts[text] = self._scrubbed(text)
        return known

    def _scrubbed(self, text: str) -> str:
        if text in self._persons:
            return HIDDEN
        text = self._found.sub(lambda match: self._names.get(match[0], HIDDEN), self._hide(text))
        text = SIGNATURE.sub(rf"\1{HIDDEN}", text) if "=" in text else text
        return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}..."

    def _named(self, text: str) -> str:
        return self._names.get(text, text)


def _is_telling(word: str) -> bool:
    """Whether a word about a person tells who it is wherever it stands; a short one or a number may stand there so."""
    return len(word) > SHORT_ID or (len(word) >= SHORT_NAME and not word.isdigit())
