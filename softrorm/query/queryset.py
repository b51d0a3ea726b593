"""QuerySet: a lazy, immutable query that is built by chaining and sends nothing until it is read.

``filter()`` and its siblings check and return a new query set; iterating, slicing to a record, counting and the like
make requests. How conditions compile, pages are planned and records load stands in the sibling modules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from softrorm.client.dialect import Dialect
from softrorm.client.errors import FilterIgnored, InvalidQuery, NotFound
from softrorm.query import evaluate
from softrorm.query.compiler import Compiled, compile_condition
from softrorm.query.conditions import EVERYTHING, NOTHING, Combinable, Not, Q, Raw, leaves
from softrorm.query.explanation import Explanation
from softrorm.query.loading import load
from softrorm.query.lookups import conjunction, resolve
from softrorm.query.operators import nearest
from softrorm.query.pagination import Fetch, pages

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.page import Page
    from softrorm.query.manager import CustomManager
    from softrorm.query.protocols import BindingLike

M = TypeVar("M")


class QuerySet(Generic[M]):
    """The records of a model that satisfy conditions, in an order, as a slice.

    Args:
        model: The model class; ``Model.objects`` gives the query set of all its records.

    A query set reads its records once and keeps them; ``iterator()`` reads them without keeping. Where a method makes
    requests its documentation says how many; all others make none.
    """

    def __init__(self, model: type[M]) -> None:
        self.model = model
        self._meta: Any = model._meta  # type: ignore[attr-defined]
        self._where: Combinable = EVERYTHING
        self._order: tuple[str, ...] | None = None
        self._start = 0
        self._stop: int | None = None
        self._view: str | None = None
        self._client: Client | None = None
        self._explicit = False
        self._records: list[M] | None = None

    @classmethod
    def as_manager(cls) -> CustomManager[Self]:
        """A manager that hands out this class: ``objects = TaskQuerySet.as_manager()``."""
        from softrorm.query.manager import CustomManager

        return CustomManager(cls)

    def _clone(self, **changes: Any) -> Self:
        clone = object.__new__(type(self))
        clone.__dict__.update(self.__dict__)
        clone._records = None
        clone._explicit = True
        clone.__dict__.update(changes)
        return clone

    # --- building -------------------------------------------------------------------------------

    def all(self) -> Self:
        """The same query, to be read anew."""
        return self._clone()

    def filter(self, *conditions: Combinable, **lookups: Any) -> Self:
        """Only records that satisfy all of these, beside what was asked before.

        Args:
            *conditions: ``Q(...)`` objects and conditions such as ``Task.due < now``, combined with ``&``, ``|``,
            ``~``.
            **lookups: ``status="Done"``, ``due__lt=now``, ``status__is_one_of=[...]``; ``None`` asks for empty cells.

        Raises:
            InvalidQuery: An unknown attribute or look-up, an operator that the field cannot take, a value that cannot
            be
                right, or a query set that is already sliced. The message says what would be right.
        """
        return self._narrowed(self._resolved(conditions, lookups), "filter")

    def exclude(self, *conditions: Combinable, **lookups: Any) -> Self:
        """Only records that do not satisfy all of these: the exact complement of ``filter()``, empty cells included.

        Args:
            *conditions: As for ``filter()``.
            **lookups: As for ``filter()``.

        Raises:
            InvalidQuery: As for ``filter()``.
        """
        return self._narrowed(Not(self._resolved(conditions, lookups)), "exclude")

    def raw_filter(self, condition: Mapping[str, Any]) -> Self:
        """Only records that satisfy a condition in the API's own JSON, beside what was asked before.

        Args:
            condition: What stands under ``filter.condition``: ``{"leftSide": ..., "operator": ..., "rightSide":
            ...}`` or a
                group. It is sent as it is.

        Raises:
            InvalidQuery: It is no dict with an operator.
        """
        if not isinstance(condition, Mapping) or not isinstance(condition.get("operator"), str):
            raise InvalidQuery(f"raw_filter() takes a condition with an 'operator', not {condition!r}.")
        return self._narrowed(Raw(dict(condition)), "raw_filter")

    def none(self) -> Self:
        """No records; reading it makes no request."""
        return self._clone(_where=NOTHING)

    def order_by(self, *attributes: str) -> Self:
        """Ordered by these attributes, the first one first; ``-`` before a name turns its order round.

        Args:
            *attributes: Names of attributes, such as ``"-due", "title"``; none asks for the table's own order.

        Raises:
            InvalidQuery: An unknown attribute, one named twice, or a query set that is already sliced.
        """
        self._refuse_sliced("order_by")
        seen = set()
        for attribute in attributes:
            name = attribute.removeprefix("-") if isinstance(attribute, str) else attribute
            if name not in self._meta.fields or name == "id":
                known = [field for field in self._meta.fields if field != "id"]
                raise InvalidQuery(
                    f"{self._meta.name} cannot be ordered by {attribute!r}.{nearest(str(name), known)} "
                    f"It can be ordered by {', '.join(known)}."
                )
            if name in seen:
                raise InvalidQuery(f"{self._meta.name} is ordered by {name!r} twice.")
            seen.add(name)
        return self._clone(_order=attributes)

    def reverse(self) -> Self:
        """The other way round; without an order, newest first."""
        self._refuse_sliced("reverse")
        turned = tuple(name[1:] if name.startswith("-") else f"-{name}" for name in self._ordering or ("created_at",))
        return self._clone(_order=turned)

    def using(self, client: Client) -> Self:
        """Through another client than the default one."""
        return self._clone(_client=client)

    def view(self, view_id: str) -> Self:
        """Only the records of a view, in its order.

        Args:
            view_id: The view's id. The API takes it on plain reads only, so it goes with no filter and no order.
        """
        if not isinstance(view_id, str) or not view_id:
            raise InvalidQuery(f"view() takes the id of a view, not {view_id!r}.")
        return self._clone(_view=view_id)

    @overload
    def __getitem__(self, index: int) -> M: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> M | Self:
        """A slice of the query, which makes no request, or one record, which makes one."""
        if isinstance(index, int):
            if index < 0:
                raise InvalidQuery("Negative positions are not known to the API; turn the order round with reverse().")
            if self._records is not None:
                return self._records[index]
            for record in self[index : index + 1]:
                return record
            raise IndexError(f"{self!r} has no record at position {index}.")
        if index.step is not None or (index.start or 0) < 0 or (index.stop is not None and index.stop < 0):
            raise InvalidQuery(f"A slice takes positions from 0 and no step, not {index!r}.")
        start = self._start + (index.start or 0)
        stop = self._stop if index.stop is None else self._start + index.stop
        if self._stop is not None and stop is not None:
            stop = min(stop, self._stop)
        if stop is not None:
            start = min(start, stop)
        sliced = self._clone(_start=start, _stop=stop)
        if self._records is not None:
            sliced._records = self._records[index]
        return sliced

    def _narrowed(self, node: Combinable, method: str) -> Self:
        self._refuse_sliced(method)
        return self._clone(_where=conjunction((self._where, node)))

    def _resolved(self, conditions: tuple[Combinable, ...], lookups: Mapping[str, Any]) -> Combinable:
        for condition in conditions:
            if not isinstance(condition, Combinable):
                raise InvalidQuery(
                    f"filter() takes conditions and look-ups, not {condition!r}; write {self._meta.name}.status == 'Done' "
                    "or status='Done'."
                )
        return resolve(Q(*conditions, **lookups), self._meta.query_fields, self._meta.name)

    def _refuse_sliced(self, method: str) -> None:
        if self._start or self._stop is not None:
            raise InvalidQuery(f"{method}() comes before slicing: a slice of a query cannot be narrowed or reordered.")

    # --- compiling ------------------------------------------------------------------------------

    @property
    def _ordering(self) -> tuple[str, ...]:
        return self._meta.ordering if self._order is None else self._order

    def _binding(self) -> BindingLike:
        return self._meta.binding(self._client)  # type: ignore[no-any-return]

    def _compiled(self, binding: BindingLike) -> Compiled:
        return compile_condition(self._where, binding.client.dialect, binding)

    def _body(self, condition: Compiled, dialect: Dialect, ids: Mapping[str, str]) -> dict[str, Any]:
        body: dict[str, Any] = {}
        if isinstance(condition, dict):
            body["filter"] = {"condition": condition}
        if self._ordering:
            body[dialect.sort_key] = [
                {"sortingField": ids[name.removeprefix("-")], "sortType": "DESC" if name.startswith("-") else "ASC"}
                for name in self._ordering
            ]
        return body

    def to_dict(self) -> dict[str, Any]:
        """The search body of the first request: ``filter``, ordering and ``paging``.

        Returns:
            What the client would send, in the dialect of its client, or in ``Dialect.CURRENT`` where a model declared
            by ids has no client.

        Makes no request for models that declare their fields by id; others read the table's schema once.
        """
        binding = self._meta.static_binding(self._client)
        dialect = binding.client.dialect if binding.client else Dialect.CURRENT
        condition = compile_condition(self._where, dialect, binding)
        body = self._body(condition, dialect, binding.ids)
        return {**body, "paging": {"offset": self._start, "limit": self._first_limit(dialect)}}

    def explain(self) -> Explanation:
        """The requests that reading this query makes. Prints as text; makes no request (see ``to_dict``)."""
        binding = self._meta.static_binding(self._client)
        dialect = binding.client.dialect if binding.client else Dialect.CURRENT
        condition = compile_condition(self._where, dialect, binding)
        if condition is False or self._start == self._stop:
            return Explanation("", "", notes=("No record can match: answered without a request.",))
        path = f"/databases/{binding.database}/tables/{binding.table}/records"
        paging = {"offset": self._start, "limit": self._first_limit(dialect)}
        body = self._body(condition, dialect, binding.ids)
        if self._stop is not None and self._stop - self._start <= dialect.page_size:
            notes: tuple[str, ...] = ("1 request.",)
        else:
            most = "" if self._stop is None else f", at most {-(-(self._stop - self._start) // dialect.page_size)}"
            notes = (f"One request per {dialect.page_size} records, until metadata.total is reached{most}.",)
        if self._view or not body:
            view = {"viewId": self._view} if self._view else {}
            self._refuse_view(body)
            return Explanation("GET", path, {**paging, **view}, notes=notes)
        return Explanation("POST", f"{path}/search", body={**body, "paging": paging}, notes=notes)

    def _first_limit(self, dialect: Dialect) -> int:
        return dialect.page_size if self._stop is None else min(self._stop - self._start, dialect.page_size)

    def _refuse_view(self, body: Mapping[str, Any]) -> None:
        if self._view and body:
            raise InvalidQuery(
                "A view goes with no filter and no order: the API takes viewId on plain reads only. "
                "Filter the view in Softr, or drop view()."
            )

    def _fetch(self, binding: BindingLike, condition: Compiled) -> Fetch:
        client, database, table = binding.client, binding.database, binding.table
        body = self._body(condition, client.dialect, binding.ids)
        if self._view or not body:
            self._refuse_view(body)

            def listed(*, offset: int, limit: int) -> Page:
                return client.list_records(database, table, offset=offset, limit=limit, view=self._view)

            return listed

        def searched(*, offset: int, limit: int) -> Page:
            return client.search_records(database, table, {**body, "paging": {"offset": offset, "limit": limit}})

        return searched

    # --- reading --------------------------------------------------------------------------------

    def _pages(self) -> Iterator[list[dict[str, Any]]]:
        if self._start == self._stop:
            return
        binding = self._binding()
        condition = self._compiled(binding)
        if condition is False:
            return
        fetch = self._fetch(binding, condition)
        yield from pages(fetch, start=self._start, stop=self._stop, size=binding.client.dialect.page_size)

    def _read(self) -> list[M]:
        if self._records is None:
            rows = [row for page in self._pages() for row in page]
            # One context for all rows: the links of every record of the result load together.
            self._records = self._meta.instances(rows, self._binding()) if rows else []
        return self._records

    def __iter__(self) -> Iterator[M]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __bool__(self) -> bool:
        return bool(self._read())

    def __contains__(self, record: object) -> bool:
        return record in self._read()

    def iterator(self) -> Iterator[M]:
        """The records one by one, a page in memory at a time and none kept.

        Yields:
            Instances of the model.

        Makes one request per page of 200, as they are needed.
        """
        for rows in self._pages():
            yield from self._meta.instances(rows, self._binding())

    def get(self, *conditions: Combinable, **lookups: Any) -> M:
        """The one record that matches.

        Args:
            *conditions: As for ``filter()``.
            **lookups: As for ``filter()``; ``id="..."`` reads the record directly.

        Raises:
            Model.DoesNotExist: None matches.
            Model.MultipleObjectsReturned: More than one does.
            InvalidQuery: As for ``filter()``.

        Makes one request.
        """
        id = lookups.pop("id", None)
        narrowed = self.filter(*conditions, **lookups) if conditions or lookups else self
        if id is not None:
            return narrowed._get_by_id(id)
        asked = narrowed._described()
        found = list(narrowed.order_by()[:2])
        if not found:
            raise self._meta.model.DoesNotExist(f"No {self._meta.name} matches {asked}.")
        if len(found) > 1:
            raise self._meta.model.MultipleObjectsReturned(f"More than one {self._meta.name} matches {asked}.")
        return found[0]

    def _get_by_id(self, id: Any) -> M:
        if not isinstance(id, str) or not id:
            raise InvalidQuery(f"{self._meta.name}.id is text such as 'vQ9BI8QUVQiFua', not {id!r}.")
        binding = self._binding()
        try:
            row = binding.client.get_record(binding.database, binding.table, id)
        except NotFound as error:
            raise self._meta.model.DoesNotExist(f"No {self._meta.name} has the id {id!r}.") from error
        [record] = self._meta.instances([row], binding)
        if self._where is not EVERYTHING and not self.matches(record):
            raise self._meta.model.DoesNotExist(f"{record!r} does not match {self._described()}.")
        return record  # type: ignore[no-any-return]

    def first(self) -> M | None:
        """The first record, or ``None``. Makes one request."""
        if self._records is not None:
            return self._records[0] if self._records else None
        return next(iter(self[:1]), None)

    def last(self) -> M | None:
        """The last record, or ``None``; without an order, the newest. Makes one request."""
        if self._start or self._stop is not None:
            return self._read()[-1] if self._read() else None
        return self.reverse().first()

    def exists(self) -> bool:
        """Whether any record matches. Makes one request, for one row."""
        return self.count() > 0

    def count(self) -> int:
        """How many records match. Makes one request, for one row; none where the records are already read."""
        if self._records is not None:
            return len(self._records)
        if self._start == self._stop:
            return 0
        binding = self._binding()
        condition = self._compiled(binding)
        if condition is False:
            return 0
        unordered = self._clone(_order=())
        total = unordered._fetch(binding, condition)(offset=0, limit=1).total
        end = total if self._stop is None else min(total, self._stop)
        return max(0, end - self._start)

    def in_bulk(self, ids: Iterable[str]) -> dict[str, M]:
        """The records with these ids, by id; ids that do not exist are left out.

        Args:
            ids: Record ids.

        Makes one request for each of up to three ids; one per 200 ids where the model declares a RECORD_ID field; else
        as many as the cheaper of a scan and single reads.
        """
        if self._where is not EVERYTHING or self._start or self._stop is not None:
            raise InvalidQuery("in_bulk() reads by id alone: call it on Model.objects, not on a filtered query set.")
        wanted = list(ids)
        if not wanted:
            return {}
        binding = self._binding()
        found = load(binding, wanted, self._meta.record_id_in(binding))
        return dict(zip(found, self._meta.instances(list(found.values()), binding), strict=True))

    def values(self, *attributes: str) -> list[dict[str, Any]]:
        """Dicts instead of instances.

        Args:
            *attributes: The attributes wanted; all of them where none is named.

        Makes one request per page of 200.
        """
        names = self._known(attributes)
        return [{name: getattr(record, name) for name in names} for record in self]

    def values_list(self, *attributes: str, flat: bool = False) -> list[Any]:
        """Tuples instead of instances.

        Args:
            *attributes: The attributes wanted; all of them where none is named.
            flat: With one attribute, its values themselves.

        Makes one request per page of 200.
        """
        names = self._known(attributes)
        if flat:
            if len(names) != 1:
                raise InvalidQuery(f"values_list(flat=True) takes one attribute, not {len(names)}.")
            return [getattr(record, names[0]) for record in self]
        return [tuple(getattr(record, name) for name in names) for record in self]

    def _known(self, attributes: tuple[str, ...]) -> tuple[str, ...]:
        fields = self._meta.fields
        for name in attributes:
            if name not in fields:
                raise InvalidQuery(f"{self._meta.name} has no field {name!r}.{nearest(name, fields)}")
        return attributes or tuple(fields)

    def matches(self, record: M) -> bool:
        """Whether a record in memory satisfies the conditions, by the server's semantics.

        Args:
            record: An instance of the model.

        Raises:
            InvalidQuery: The query holds a raw filter, which only the server can judge.
        """
        client = self._meta.known_client(self._client)
        return evaluate.matches(self._where, record, client.dialect if client else Dialect.CURRENT)

    # --- writing --------------------------------------------------------------------------------

    def create(self, **values: Any) -> M:
        """Make a record and save it.

        Args:
            **values: The attributes.

        Raises:
            InvalidValue: A value that its field cannot hold.

        Makes one request.
        """
        record: Any = self.model(**values)
        record.save(using=self._client)
        return record  # type: ignore[no-any-return]

    def get_or_create(self, defaults: Mapping[str, Any] | None = None, **lookups: Any) -> tuple[M, bool]:
        """The one record that matches, or a new one.

        Args:
            defaults: Further attributes of a new record.
            **lookups: As for ``get()``; those that are plain attributes are given to a new record.

        Returns:
            The record, and whether it was created. The service has no transactions: two processes that do this at once
            may both create.

        Makes one request, or two.
        """
        try:
            return self.get(**lookups), False
        except self._meta.model.DoesNotExist:
            plain = {name: value for name, value in lookups.items() if name in self._meta.fields}
            return self.create(**{**plain, **(defaults or {})}), True

    def update_or_create(self, defaults: Mapping[str, Any] | None = None, **lookups: Any) -> tuple[M, bool]:
        """The one record that matches, with these values; or a new one.

        Args:
            defaults: The attributes to set.
            **lookups: As for ``get_or_create()``.

        Returns:
            The record, and whether it was created.

        Makes one request where the record is there and has the values already, else two.
        """
        record, created = self.get_or_create(defaults, **lookups)
        if not created:
            for name, value in (defaults or {}).items():
                setattr(record, name, value)
            record.save()  # type: ignore[attr-defined]
        return record, created

    def update(self, *, unchecked: bool = False, **values: Any) -> int:
        """Give every record of this query the same values.

        Args:
            unchecked: Skip the check that each row satisfies the conditions; needed for a raw filter alone.
            **values: The attributes to set.

        Returns:
            How many records the query holds now with these values.

        Raises:
            InvalidValue: A value that its field cannot hold; before any request.
            FilterIgnored: The service answered rows that the conditions exclude; nothing was written.

        Makes one request per page, and one for each record that differs.
        """
        if not values:
            raise InvalidQuery("update() takes the attributes to set, such as update(status='Done').")
        self.model(**values)  # every value is checked before the first request
        rows = self._checked_rows("update", unchecked=unchecked)
        for record in rows:
            for name, value in values.items():
                setattr(record, name, value)
            record.save()
        return len(rows)

    def delete(self, *, unchecked: bool = False) -> int:
        """Delete every record of this query.

        Args:
            unchecked: Skip the check that each row satisfies the conditions; needed for a raw filter alone.

        Returns:
            How many records were deleted.

        Raises:
            FilterIgnored: The service answered rows that the conditions exclude; nothing was deleted.

        Makes one request per page, and one for each record.
        """
        rows = self._checked_rows("delete", unchecked=unchecked)
        for record in rows:
            record.delete()
        return len(rows)

    def _checked_rows(self, action: str, *, unchecked: bool) -> list[Any]:
        if not self._explicit:
            raise InvalidQuery(
                f"{self._meta.name}.objects.{action}() would {action} every record of the table; "
                f"say so with {self._meta.name}.objects.all().{action}(...), or filter first."
            )
        if (
            not unchecked
            and self._where is not EVERYTHING
            and all(isinstance(leaf, Raw) for leaf in leaves(self._where))
        ):
            if self._where is NOTHING:
                return []
            raise InvalidQuery(
                f"{action}() checks that each row satisfies the filter, since a malformed one may make the service answer "
                "every row (wire-facts 10); a raw filter cannot be checked here. Pass unchecked=True to go on all the same."
            )
        rows: list[Any] = list(self.all())
        if unchecked:
            return rows
        dialect = self._binding().client.dialect if rows else Dialect.CURRENT
        wrong = [record for record in rows if evaluate.certainly_excluded(self._where, record, dialect)]
        if wrong:
            raise FilterIgnored(
                f"{action}() was stopped before any write: {len(wrong)} of the {len(rows)} rows that the service answered "
                f"do not match {self._described()}, such as {wrong[0]!r}. The service may have ignored the filter."
            )
        return rows

    # --- showing --------------------------------------------------------------------------------

    def _described(self) -> str:
        return repr(self._where) if self._where is not EVERYTHING else "the query"

    def __repr__(self) -> str:
        parts = [f"{self._meta.name}.objects"]
        if self._where is not EVERYTHING:
            parts.append(f"filter({self._where!r})")
        if self._order is not None:
            parts.append(f"order_by({', '.join(map(repr, self._order))})")
        shown = ".".join(parts)
        if self._start or self._stop is not None:
            shown += f"[{self._start}:{'' if self._stop is None else self._stop}]"
        return f"<QuerySet {shown}>"
