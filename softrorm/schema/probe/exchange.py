"""One request of a probe and its answer, written down for the questions and for the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from softrorm.client import answers
from softrorm.client.exchange import KIND_OF_METHOD, Answer, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from softrorm.client.errors import APIError


@dataclass(slots=True)
class Exchange:
    """One request and its answer, the keys and headers of the request left out.

    Attributes:
        method: The HTTP method.
        path: The path below the base address.
        query: The query parameters.
        body: What was sent.
        status: The status of the answer.
        payload: Its decoded body; text if it was no JSON, ``None`` if there was none.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    status: int
    payload: Any

    @property
    def ok(self) -> bool:
        """Whether it was a success."""
        return 200 <= self.status < 300

    @property
    def data(self) -> Any:
        """What the answer holds."""
        return self.payload["data"]

    @property
    def said(self) -> str:
        """The answer in a few words."""
        if self.ok:
            return str(self.status)
        known = self.payload if isinstance(self.payload, dict) else {}
        return f"{self.status} {known.get('errorCode') or known.get('code') or ''}".strip()


def decoded(body: bytes) -> Any:
    """The body of an answer: JSON, else text, ``None`` if there is none."""
    if not body.strip():
        return None
    try:
        return answers.decode(body)
    except ValueError:
        return body.decode(errors="replace")


def error_of(answer: Answer, method: str, path: str) -> APIError:
    """The error that an answer is to a client."""
    return answers.error_of(answer, Request(method, path, KIND_OF_METHOD[method]), 1)
