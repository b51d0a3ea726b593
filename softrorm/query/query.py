"""Query: what is asked of a model's records, as an immutable value that is built by chaining.

Conditions, order, slice, view and client; how they compile to the requests that a read makes. Nothing here sends
anything: the parts that do are named in :mod:`softrorm.query.queryset`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from softrorm.client.default import default_client
from softrorm.client.errors import InvalidQuery
from softrorm.query.across import MOST_LINKED, Across, answered, linked_to, reaches_across
from softrorm.query.compiler import Compiled, compile_condition
from softrorm.query.conditions import EVERYTHING, NOTHING, Combinable, Not, Q, Raw
from softrorm.query.lookups import conjunction, parted, resolve
from softrorm.query.operators import nearest

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.dialect import Dialect
    from softrorm.client.page import Page
    from softrorm.client.twins import Calls
    from softrorm.query.explanation import Explanation
    from softrorm.query.pagination import Fetch
    from softrorm.query.protocols import BindingLike
    from softrorm.query.unit import Unit

M = TypeVar("M")


class Query(Generic[M]):
    """A question about the records of a model.

    Args:
        model: The model class.
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
        self._unit: Unit | None = None
        self._fresh = False
        self._prefetched: tuple[str, ...] = ()
        self._limited = False
        """Whether the records were chosen in some way, be it by ``all()``; bulk writes ask for that."""

    def _clone(self, **changes: Any) -> Self:
        clone = object.__new__(type(self))
        clone.__dict__.update(self.__dict__)
        clone.__dict__.update(changes)
        return clone

    def _slice(self, index: slice) -> Self:
        if index.step is not None or (index.start or 0) < 0 or (index.stop is not None and index.stop < 0):
            raise InvalidQuery(f"A slice takes positions from 0 and no step, not {index!r}.")
        start = self._start + (index.start or 0)
        stop = self._stop if index.stop is None else self._start + index.stop
        if self._stop is not None and stop is not None:
            stop = min(stop, self._stop)
        return self._clone(_start=start if stop is None else min(start, stop), _stop=stop, _limited=True)

    def all(self) -> Self:
        """The same query, to be read anew."""
        return self._clone(_limited=True)

    def filter(self, *conditions: Combinable, **lookups: Any) -> Self:
        """Only records that satisfy all of these, beside what was asked before.

        Args:
            *conditions: ``Q(...)`` objects and conditions such as ``Task.due < now``, combined with ``&``, ``|``,
                ``~``.
            **lookups: ``status="Done"``, ``due__lt=now``, ``status__is_one_of=[...]``; ``None`` asks for empty cells.

        Raises:
            InvalidQuery: An unknown attribute or look-up, an operator that the field cannot take, a value that cannot
                be right, or a query set that is already sliced. The message says what would be right.
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
            condition: What stands under ``filter.condition``: ``{"leftSide": ..., "operator": ...}`` with a
                ``"rightSide"`` or bounds, or a group. It is sent as it is.

        Raises:
            InvalidQuery: It is no dict with an operator.
        """
        if not isinstance(condition, Mapping) or not isinstance(condition.get("operator"), str):
            raise InvalidQuery(f"raw_filter() takes a condition with an 'operator', not {condition!r}.")
        return self._narrowed(Raw(dict(condition)), "raw_filter")

    def none(self) -> Self:
        """No records; reading it makes no request."""
        return self._clone(_where=NOTHING, _limited=True)

    def order_by(self, *attributes: str) -> Self:
        """Ordered by these attributes, the first one first; ``-`` before a name turns its order round.

        Args:
            *attributes: Names of attributes, such as ``"-due", "title"``; none asks for the table's own order.

        Raises:
            InvalidQuery: An unknown attribute, one named twice, or a query set that is already sliced.
        """
        self._refuse_sliced("order_by")
        self._refuse_in_view("order_by", attributes)
        known = [name for name in self._meta.fields if name != "id"]
        seen = set()
        for attribute in attributes:
            name = attribute.removeprefix("-") if isinstance(attribute, str) else ""
            if name not in known and hasattr(self._meta.fields.get(parted(name)[0]), "target"):
                raise InvalidQuery(
                    f"{self._meta.name} cannot be ordered by {attribute!r}: the API does not order across a link. "
                    "Declare a LOOKUP field and order by that, or sort the records that you read."
                )
            if name not in known:
                raise InvalidQuery(
                    f"{self._meta.name} cannot be ordered by {attribute!r}.{nearest(name, known)} "
                    f"It can be ordered by {', '.join(known)}, each as text, with '-' before it for descending."
                )
            if name in seen:
                raise InvalidQuery(f"{self._meta.name} is ordered by {name!r} twice.")
            seen.add(name)
        return self._clone(_order=attributes)

    def reverse(self) -> Self:
        """The other way round; without an order, newest first."""
        self._refuse_sliced("reverse")
        self._refuse_in_view("reverse", True)
        turned = tuple(name[1:] if name.startswith("-") else f"-{name}" for name in self._ordering or ("created_at",))
        return self._clone(_order=turned)

    def prefetch(self, *paths: str) -> Self:
        """With the records that links lead to loaded as well, for all records of the result at once.

        Args:
            *paths: Links, and chains of them: ``"project"``, ``"project__owner"``; beside those asked for before.

        Raises:
            InvalidQuery: A path is not one of links; the message names the nearest.

        When the query is read, makes for each link of the paths: one request per 200 records where the linked model
        declares a RECORD_ID field; else at most one per record and one more, and no more than the table has pages.
        With ``iterator()`` it does so for each page. ``explain()`` shows the plan.
        """
        self._meta.links.tree(self.model, paths)  # refuses what is no path
        return self._clone(_prefetched=tuple(dict.fromkeys((*self._prefetched, *paths))))

    def fresh(self) -> Self:
        """From the service, even if the client's cache has the answer; for what must not be some seconds old."""
        return self._clone(_fresh=True)

    def using(self, client: Client) -> Self:
        """Through another client than the default one."""
        return self._clone(_client=client)

    def view(self, view_id: str) -> Self:
        """Only the records of a view, in its order; ``Meta.ordering`` has no say in it.

        Args:
            view_id: The view's id.

        Raises:
            InvalidQuery: The query has a filter or an order: the API takes a view on plain reads only.
        """
        if not isinstance(view_id, str) or not view_id:
            raise InvalidQuery(f"view() takes the id of a view, not {view_id!r}.")
        viewed = self._clone(_view=view_id, _limited=True)
        viewed._refuse_in_view("view", self._order or self._where is not EVERYTHING)
        return viewed

    def _narrowed(self, node: Combinable, method: str) -> Self:
        self._refuse_sliced(method)
        self._refuse_in_view(method, node is not EVERYTHING)
        return self._clone(_where=conjunction((self._where, node)), _limited=True)

    def _resolved(self, conditions: tuple[Combinable, ...], lookups: Mapping[str, Any]) -> Combinable:
        for condition in conditions:
            if not isinstance(condition, Combinable):
                raise InvalidQuery(
                    f"filter() takes conditions and look-ups, not {condition!r}; "
                    f"write {self._meta.name}.status == 'Done' or status='Done'"
                    # Task.project is a field, and its name is text of its own: a comparison of it is a plain one.
                    + ("; across a link, project__name='Site'." if isinstance(condition, bool) else ".")
                )
        return resolve(Q(*conditions, **lookups), self._meta.query_fields, self._meta.name)

    def _refuse_sliced(self, method: str) -> None:
        if self._start or self._stop is not None:
            raise InvalidQuery(f"{method}() comes before slicing: a slice of a query cannot be narrowed or reordered.")

    def _refuse_in_view(self, method: str, changes: object) -> None:
        if self._view and changes:
            raise InvalidQuery(
                f"{method}(): a view goes with no filter and no order, since the API takes it on plain reads only. "
                "Filter and order the view in Softr, or drop view()."
            )

    @property
    def _ordering(self) -> tuple[str, ...]:
        if self._order is None:
            return () if self._view else self._meta.ordering
        return self._order

    @property
    def _calls(self) -> Calls:
        return (self._meta.known_client(self._client) or default_client())._calls

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

        Raises:
            InvalidQuery: A look-up across a link is answered by a request of its own first; see ``explain()``.

        Makes no request for models that declare their fields by id; others read the table's schema once.
        """
        binding = self._meta.static_binding(self._client)
        dialect = binding.dialect
        condition = compile_condition(self._where, dialect, binding)
        body = self._body(condition, dialect, binding.ids)
        # No filter says "no record", so what none can match asks for no rows.
        limit = 0 if condition is False else self._first_limit(dialect)
        return {**body, "paging": {"offset": self._start, "limit": limit}}

    def explain(self) -> Explanation:
        """The requests that reading this query makes. Prints as text; makes no request (see ``to_dict``)."""
        before: list[Explanation] = []
        return self._explained(before).following(before)

    def _explained(self, before: list[Explanation]) -> Explanation:
        """The last step of the query; adds those before it to the ones that there are."""
        from softrorm.query.explanation import Explanation

        binding = self._meta.static_binding(self._client)
        dialect = binding.dialect
        where = answered(self._where, lambda node: self._step(node, before)) if self._is_across else self._where
        condition = compile_condition(where, dialect, binding)
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
        most_records = None if self._stop is None else self._stop - self._start
        loads = self._meta.links.plans(self.model, self._prefetched, dialect.page_size, most_records)
        if self._view or not body:
            view = {"viewId": self._view} if self._view else {}
            return Explanation("GET", path, {**paging, **view}, None, notes, tuple(loads))
        body["paging"] = paging
        return Explanation("POST", f"{path}/search", {}, body, notes, tuple(loads))

    def _step(self, node: Across, before: list[Explanation]) -> Combinable:
        """Add the step that answers a look-up across a link, and give what comes of it."""
        query = Query(node.field.target)._clone(_client=self._client, _where=node.inner, _order=())
        step = query._explained(before)
        if not step.method:
            return linked_to(node.field, ())
        before.append(step.titled(f"the ids for {node!r}, at most {MOST_LINKED}"))
        return linked_to(node.field, [f"<an id of step {len(before)}>"])

    @property
    def _is_across(self) -> bool:
        """Whether some conditions are answered by requests of their own before."""
        return reaches_across(self._where)

    def _first_limit(self, dialect: Dialect) -> int:
        return dialect.page_size if self._stop is None else min(self._stop - self._start, dialect.page_size)

    def _fetch(self, binding: BindingLike, condition: Compiled) -> Fetch:
        client, database, table, fresh = binding.client, binding.database, binding.table, self._fresh
        body = self._body(condition, client.dialect, binding.ids)
        if self._view or not body:

            def listed(*, offset: int, limit: int) -> Page:
                with binding.naming(self.model):
                    return client.list_records(
                        database, table, offset=offset, limit=limit, view=self._view, fresh=fresh
                    )

            return listed

        def searched(*, offset: int, limit: int) -> Page:
            paged = {**body, "paging": {"offset": offset, "limit": limit}}
            with binding.naming(self.model):
                return client.search_records(database, table, paged, fresh=fresh)

        return searched

    def _described(self) -> str:
        return "the query" if self._where in (EVERYTHING, NOTHING) else repr(self._where)

    def __repr__(self) -> str:
        parts = [f"{self._meta.name}.objects"]
        if self._where is NOTHING:
            parts.append("none()")
        elif self._where is not EVERYTHING:
            parts.append(f"filter({self._where!r})")
        if self._order is not None:
            parts.append(f"order_by({', '.join(map(repr, self._order))})")
        shown = ".".join(parts)
        if self._start or self._stop is not None:
            shown += f"[{self._start}:{'' if self._stop is None else self._stop}]"
        return f"<QuerySet {shown}>"
