"""Scrubbing: evidence that can be published. Keys, cookies, signed links and persons are blotted out.

Ids of the scratch database, which are gone with it, give way to the names of what they stood for, so that a request can
be read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from softrorm.schema.probe.report import Evidence, Finding

if TYPE_CHECKING:
    from softrorm.schema.probe.lab import Exchange, Lab
    from softrorm.schema.probe.outcome import Outcome
    from softrorm.schema.probe.questions import Question

HIDDEN = "***"
MOST_ITEMS = 4
MOST_TEXT = 400
MOST_EXCHANGES = 30
SHOWN_FIRST, SHOWN_LAST = 2, 14
SHORT_ID = 5
"""The length of a field's id, which may stand in a text by chance."""
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
        self._hide = lab.client._credentials.current().hide
        known = {lab.database: "database", lab.table: "main", lab.targets: "targets", lab.workspace: "workspace"}
        known |= {value: key for ids in (lab.ids, lab.choices, lab.records) for key, value in ids.items()}
        known[lab.attachment] = "attachment"
        self._names = {identifier: f"<{name}>" for identifier, name in known.items() if identifier}
        self._persons = {str(value) for value in map(lab.person.get, PERSONAL) if value}

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
                for key, one in value.items()
            }
        if isinstance(value, list):
            shown = [self._brief(one) if at else self.value(one) for at, one in enumerate(value[:MOST_ITEMS])]
            return shown + [f"... and {len(value) - MOST_ITEMS} more"] * (len(value) > MOST_ITEMS)
        return self.text(self._named(value)) if isinstance(value, str) else value

    def _brief(self, value: Any) -> Any:
        """A further item of a list: of a record its id, since the first one shows what a record is."""
        if isinstance(value, dict) and "fields" in value:
            return {"id": self._named(value.get("id", "")), "...": "..."}
        return self.value(value)

    def text(self, text: str) -> str:
        """A text without secrets and persons."""
        for person in self._persons:
            text = text.replace(person, HIDDEN)
        for identifier, name in self._names.items():
            text = text.replace(identifier, name) if len(identifier) > SHORT_ID else text
        text = SIGNATURE.sub(rf"\1{HIDDEN}", self._hide(text))
        return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}..."

    def _named(self, text: str) -> str:
        return self._names.get(text, text)
