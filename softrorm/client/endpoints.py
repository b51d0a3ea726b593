"""How an endpoint becomes a request: paths, bodies and the reading of answers.

The endpoint methods of the client stand in mixins, for schema, fields and records; this is what they share. A
path part is checked before anything is sent, because an empty or dotted one would address the resource above it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from softrorm.client.caching import Caching
from softrorm.client.dialect import Dialect
from softrorm.client.errors import InvalidValue, PayloadTooLarge, TransportError
from softrorm.client.exchange import KIND_OF_METHOD, Kind, Parts, Request
from softrorm.client.resource import Resource
from softrorm.client.resources import Database, Table
from softrorm.client.schema_cache import SchemaCache
from softrorm.client.twins import Calls

MAX_BODY = 64 * 1024 * 1024
"""The largest body in bytes that the service takes (wire-facts 12: PAYLOAD_TOO_LARGE)."""

Described = TypeVar("Described", bound=Resource)


class Endpoints:
    """What endpoint methods need from the client that they are mixed into."""

    dialect: Dialect
    _calls: Calls
    database_cache: SchemaCache[tuple[Database, ...]]
    schema_cache: SchemaCache[tuple[Table, ...]]
    _caching: Caching

    def _call(self, request: Request) -> dict[str, Any]:
        raise NotImplementedError

    def _send(
        self,
        method: str,
        parts: Parts,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        kind: Kind | None = None,
        expects: type[dict[str, Any]] | type[list[Any]] | None = dict,
        fresh: bool = False,
    ) -> dict[str, Any]:
        """Make one call and return the decoded body, whose ``data`` is of the type expected.

        A read of records may be answered from the client's cache unless it is to be ``fresh``.
        """
        path = path_of(parts)
        request = Request(
            method=method,
            path=path,
            kind=kind or KIND_OF_METHOD[method],
            query=query or {},
            body=None if body is None else serialised(body, method, path),
            payload=body,
            expects=expects,
        )
        if request.kind is Kind.READ:
            return self._caching.read(request, parts, self._call, fresh=fresh)
        with self._caching.writing(parts):
            return self._call(request)


def path_of(parts: Parts) -> str:
    """The quoted path of an endpoint.

    Raises:
        InvalidValue: An id is no text, empty, or made of dots.
    """
    for collection, name in zip(parts[::2], parts[1::2], strict=False):
        if not isinstance(name, str) or not name.strip(". \t\r\n"):
            raise InvalidValue(f"the id in /{collection}/... must be a text such as 'kNjsEhYYcNjAsj'; got {name!r}")
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def serialised(body: Mapping[str, Any], method: str, path: str) -> bytes:
    """The body of a request as compact UTF-8 JSON.

    Raises:
        InvalidValue: It holds something that JSON cannot.
        PayloadTooLarge: It is over 64 MB, and is not sent.
    """
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidValue(f"{method} {path}: the body cannot be written as JSON: {error}") from None
    try:
        data = text.encode()
    except UnicodeEncodeError:
        # A lone surrogate, which the service can send: escaped, it can go back.
        data = json.dumps(body, separators=(",", ":")).encode()
    if len(data) > MAX_BODY:
        raise PayloadTooLarge(
            f"the body has {len(data):,} bytes and the service takes {MAX_BODY:,}, so it was not sent",
            status=413,
            code="PAYLOAD_TOO_LARGE",
            method=method,
            path=path,
            attempts=0,
        )
    return data


def read(make: Callable[[Mapping[str, Any]], Described], wire: Mapping[str, Any]) -> Described:
    """A resource out of an answer.

    Raises:
        TransportError: The answer is not of the documented shape.
    """
    try:
        return make(wire)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise TransportError(
            f"the service described something in a shape that nobody documented ({faults})", may_have_happened=True
        ) from error


def given(**values: Any) -> dict[str, Any]:
    """The values that are not ``None``: keys that nobody gave stay out of a body."""
    return {key: value for key, value in values.items() if value is not None}


def something(body: dict[str, Any], what: str) -> dict[str, Any]:
    """The body of an update.

    Raises:
        InvalidValue: It is empty.
    """
    if not body:
        raise InvalidValue(f"an update of {what} needs something to change, such as name= or description=")
    return body
