"""The endpoints of records: list, search, get, create, update, delete.

Records are plain dicts as the service sends them: ``id``, ``fields`` by field id, ``createdAt``, ``updatedAt``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from softrorm.client.endpoints import Endpoints
from softrorm.client.errors import InvalidValue, TransportError
from softrorm.client.exchange import Kind, Parts
from softrorm.client.page import Page
from softrorm.client.twins import twin

Record = dict[str, Any]


class RecordEndpoints(Endpoints):
    """The record methods of :class:`~softrorm.client.client.Client`."""

    def list_records(
        self,
        database_id: str,
        table_id: str,
        *,
        offset: int = 0,
        limit: int | None = None,
        view: str | None = None,
        field_names: bool = False,
        fresh: bool = False,
    ) -> Page:
        """Read a page of a table, oldest record first. 1 request, or 0 (document: Get Records; wire-facts 9).

        Args:
            database_id: The database.
            table_id: The table.
            offset: How many records to skip.
            limit: The most records to return; the dialect's page size by default. The service cuts a larger
                number down to 200 without a word.
            view: The id of a view whose filter and order apply.
            field_names: Whether ``fields`` is keyed by field names instead of ids.
            fresh: Whether to ask the service even if the client's cache has the answer.

        Returns:
            The records, with ``offset``, ``limit`` and the ``total`` of all matches.

        Raises:
            NotFound: There is no such table or view.
        """
        limit = self.dialect.page_size if limit is None else limit
        if offset < 0 or limit < 0:
            raise InvalidValue(f"offset= and limit= count records, from 0; got offset={offset!r}, limit={limit!r}")
        query = {"offset": str(offset), "limit": str(limit), **_names(field_names)}
        if view is not None:
            query["viewId"] = view
        return _page(self._send("GET", _records(database_id, table_id), query=query, expects=list, fresh=fresh))

    alist_records = twin(list_records)

    def search_records(
        self,
        database_id: str,
        table_id: str,
        body: Mapping[str, Any],
        *,
        field_names: bool = False,
        fresh: bool = False,
    ) -> Page:
        """Read a page of the records that match. 1 request, or 0 (document: Search Records; wire-facts 10).

        Args:
            database_id: The database.
            table_id: The table.
            body: The search as it is sent: ``filter``, ``sorting`` (``sort`` in 2025), ``paging``.
            field_names: Whether ``fields`` is keyed by field names instead of ids.
            fresh: Whether to ask the service even if the client's cache has the answer.

        Returns:
            The records, with ``offset``, ``limit`` and the ``total`` of all matches.

        Raises:
            BadRequest: The service cannot make sense of the search.
        """
        parts = _records(database_id, table_id, "search")
        query = _names(field_names)
        return _page(self._send("POST", parts, query=query, body=body, kind=Kind.READ, expects=list, fresh=fresh))

    asearch_records = twin(search_records)

    def get_record(
        self, database_id: str, table_id: str, record_id: str, *, field_names: bool = False, fresh: bool = False
    ) -> Record:
        """Read one record. 1 request, or 0 (document: Get Single Record).

        Args:
            database_id: The database.
            table_id: The table.
            record_id: The record.
            field_names: Whether ``fields`` is keyed by field names instead of ids.
            fresh: Whether to ask the service even if the client's cache has the answer.

        Returns:
            The record.

        Raises:
            NotFound: There is no such record.
        """
        parts = _records(database_id, table_id, record_id)
        return _data(self._send("GET", parts, query=_names(field_names), fresh=fresh))

    aget_record = twin(get_record)

    def create_record(
        self, database_id: str, table_id: str, fields: Mapping[str, Any], *, field_names: bool = False
    ) -> Record:
        """Create a record. 1 request (document: Create Record; wire-facts 5.1).

        Args:
            database_id: The database.
            table_id: The table.
            fields: Values by field id, in the forms of wire-facts 5.2; absent ones take their defaults.
            field_names: Whether ``fields`` of the answer is keyed by names; the request is by id always.

        Returns:
            The record as the service made it.

        Raises:
            ValidationFailed: A value breaks a rule of its field.
            AmbiguousWrite: The answer was lost; the record may be there, so the request is not repeated.
        """
        body = {"fields": fields}
        return _data(self._send("POST", _records(database_id, table_id), query=_names(field_names), body=body))

    acreate_record = twin(create_record, writes=True)

    def update_record(
        self,
        database_id: str,
        table_id: str,
        record_id: str,
        fields: Mapping[str, Any],
        *,
        method: Literal["PATCH", "PUT"] | None = None,
        field_names: bool = False,
    ) -> Record:
        """Change the given fields of a record and no others. 1 request (document: Update Record; wire-facts 5.1).

        Args:
            database_id: The database.
            table_id: The table.
            record_id: The record.
            fields: New values by field id.
            method: The verb; the dialect's ``update_method`` by default.
            field_names: Whether ``fields`` of the answer is keyed by names; the request is by id always.

        Returns:
            The whole record after the change.

        Raises:
            NotFound: There is no such record.
            ValidationFailed: A value breaks a rule of its field.
        """
        verb = method or self.dialect.update_method
        if verb not in ("PATCH", "PUT"):
            raise InvalidValue(f"a record is updated by PATCH or PUT; got method={method!r}")
        parts = _records(database_id, table_id, record_id)
        return _data(self._send(verb, parts, query=_names(field_names), body={"fields": fields}))

    aupdate_record = twin(update_record, writes=True)

    def delete_record(self, database_id: str, table_id: str, record_id: str) -> None:
        """Delete a record; links to it stay in other records (wire-facts 6). 1 request (document: Delete Record).

        Args:
            database_id: The database.
            table_id: The table.
            record_id: The record.

        Raises:
            NotFound: There is no such record; not raised when an earlier attempt at this call may have deleted it.
        """
        self._send("DELETE", _records(database_id, table_id, record_id), expects=None)

    adelete_record = twin(delete_record, writes=True)


def _records(database_id: str, table_id: str, *record_id: str) -> Parts:
    return ("databases", database_id, "tables", table_id, "records", *record_id)


def _names(field_names: bool) -> dict[str, str]:
    return {"fieldNames": "true"} if field_names else {}


def _data(envelope: dict[str, Any]) -> Record:
    return cast("Record", envelope["data"])


def _page(envelope: dict[str, Any]) -> Page:
    metadata: Any = envelope.get("metadata")
    try:
        counts = {name: int(metadata[name]) for name in ("offset", "limit", "total")}
    except (TypeError, KeyError, ValueError):
        # Without the total a reader of pages would take a part for the whole.
        raise TransportError(
            f"the answer does not count its records: metadata is {metadata!r} and should hold offset, limit and total",
            may_have_happened=True,
        ) from None
    return Page(envelope["data"], **counts)
