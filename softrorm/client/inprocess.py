"""The sandbox as the far end of a requests session: the same client code, and no socket.

The answer carries a real urllib3 response in ``raw``, since the transport, and whoever patches requests for
tests, reads that.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from http.client import responses
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

BASE_URL = "https://sandbox.invalid/api/v1"
"""The base address of requests that never leave the process; the name resolves nowhere, by RFC 2606."""


class Service(Protocol):
    """What can stand in for the service: a sandbox, or a few lines in a test."""

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Answer one request: its status, headers and body.

        Raises:
            ConnectionResetError: The connection broke, and no answer arrives.
        """


class InProcessAdapter(BaseAdapter):
    """Hands each request of a session to a :class:`Service`.

    Args:
        service: What answers.
    """

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer one prepared request.

        Raises:
            requests.ConnectionError: The service broke the connection off, so that nobody knows what it did.
        """
        parts = urlsplit(request.url or "")
        body = request.body.encode() if isinstance(request.body, str) else request.body
        try:
            status, headers, content = self._service.handle(
                request.method or "GET",
                parts.path,
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                dict(request.headers),
                body,
            )
        except ConnectionResetError as error:
            broken = urllib3.exceptions.ProtocolError("Connection aborted.", error)
            raise requests.ConnectionError(broken, request=request) from error
        response = requests.Response()
        response.status_code = status
        response.reason = responses.get(status, "")
        response.headers = CaseInsensitiveDict(headers)
        response.raw = urllib3.HTTPResponse(
            io.BytesIO(content), headers=headers, status=status, reason=response.reason, preload_content=False
        )
        response.request = request
        response.url = request.url or ""
        return response

    def close(self) -> None:
        """Nothing to free: the sandbox belongs to whoever made it."""
