"""Matching: which table is whose model's, and which field is whose attribute's.

An id decides: the one that the model declares, or the one that the lock remembers, by which a field that was renamed in
the model is still the same field. Where there is none the name decides. A link that has no name of its own yet is
found at the other end of its relation: the service makes both ends, and names the second after the first one's table.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from softrorm.client.errors import ConfigurationError
from softrorm.fields.link import LinkField
from softrorm.models.finding import TABLES, by_name, matching, only
from softrorm.schema.design import INVERSE, TARGET, pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from softrorm.client.lock import Lock, LockedTable
    from softrorm.client.resources import Table, TableField
    from softrorm.fields.base import Field
    from softrorm.models import Model
    from softrorm.schema.design import Pair, Reference
    from softrorm.schema.groups import Group


LINK = LinkField.api_type

End: TypeAlias = tuple[str | None, str | None]
"""A field by the ids of its table and its own, which may be there in another table, too."""


@dataclass(slots=True)
class Match:
    """A model and its table.

    Attributes:
        model: The model.
        table: Its table; ``None`` if there is none.
        locked: What the lock knows of it.
        fields: The table's field of each attribute that has one.
    """

    model: type[Model]
    table: Table | None
    locked: LockedTable | None
    fields: dict[str, TableField] = dataclasses.field(default_factory=dict)

    def end(self, live: TableField) -> End:
        """A field of the table, apart from those of others that may have the same id (wire-facts 2)."""
        return self.table.id if self.table else None, live.id

    @property
    def claimed(self) -> set[End]:
        """The fields of the table that attributes stand for."""
        return {self.end(live) for live in self.fields.values()}

    @property
    def unclaimed(self) -> list[TableField]:
        """The fields of the table that no attribute stands for."""
        claimed = {known.id for known in self.fields.values()}
        return [live for live in self.table.fields if live.id not in claimed] if self.table else []

    def of(self, field: Field[Any]) -> TableField | None:
        """The field of the table that an attribute stands for."""
        return self.fields.get(field.attribute)


@dataclass(slots=True)
class Matches:
    """The models of a database and their tables.

    Attributes:
        models: The match of each model.
        pairs: The relations between the models.
    """

    models: dict[type[Model], Match]
    pairs: list[Pair]

    def of(self, field: Field[Any]) -> TableField | None:
        """The table's field that an attribute stands for."""
        return self.models[field.model].of(field)

    def partner(self, link: LinkField[Any]) -> LinkField[Any] | None:
        """The declared other end of a link."""
        return next((other for pair in self.pairs for end, other in _both_ways(pair) if end is link), None)

    def undeclared(self, model: type[Any], name: str) -> str | None:
        """The id of a field that is there and that no attribute stands for, by its id or name."""
        fields = self.models[model].unclaimed if model in self.models else []
        return next((field.id for field in fields if name in {field.id, field.name}), None)

    def knows(self, reference: Reference) -> bool:
        """Whether a field that options name belongs to one of the models."""
        return isinstance(reference, str) or reference[0] in self.models

    def id_of(self, reference: Reference) -> str | None:
        """The id of a field that options name; ``None`` where it is not there."""
        if isinstance(reference, str):
            return reference
        live = self.models[reference[0]].fields.get(reference[1])
        return live.id if live else None


def match_models(group: Group, lock: Lock, *, closed: bool = True) -> Matches:
    """Find the tables and fields of a database's models.

    Args:
        group: The models, and what is there.
        lock: What is known of it.
        closed: Whether every linked model has to be among them.

    Raises:
        ConfigurationError: Links contradict each other, or lead to a model that is not among them; or the lock has one
            table for two models.

    Makes no request.
    """
    models = {model: _table(model, group.tables, lock) for model in group.models}
    _refuse_twins(models)
    matches = Matches(models, list(pairs(group.models, closed=closed)))
    for match in models.values():
        _by_id(match)
        _by_name(match)
    _links(matches)
    return matches


def _table(model: type[Model], tables: Sequence[Table], lock: Lock) -> Match:
    meta = model._meta
    by_id = {table.id: table for table in tables}
    locked = lock.tables.get(meta.name)
    if locked is not None and locked.id not in by_id:
        locked = None  # of a table that is there no more, or of another database
    table = by_id.get(meta.table or "") or (by_id[locked.id] if locked else None)
    if table is None:
        table = _named(meta.table_name, tables, f"{meta.name}: its database")
    if table is None or (locked is not None and locked.id != table.id):
        locked = None
    return Match(model, table, locked)


def _named(name: str, tables: Sequence[Table], where: str) -> Table | None:
    if not matching(name, tables, TABLES, [by_name]):
        return None
    return only(name, tables, TABLES, where, [by_name], several="Set Meta.table to the id of one.")


def _refuse_twins(models: Mapping[type[Model], Match]) -> None:
    """See that a lock does not give one table to two models that are to have different ones."""
    known: dict[str, type[Model]] = {}
    for model, match in models.items():
        if match.table is not None and match.locked is not None and not model._meta.table:
            other = known.setdefault(match.table.id, model)
            if other._meta.table_name != model._meta.table_name:
                raise ConfigurationError(
                    f"The lock has the table {match.table.name!r} ({match.table.id}) for {other.__name__} and for "
                    f"{model.__name__}. If a merge mixed up two versions of it, take one of them; else remove one of "
                    "the two entries: a push finds tables by name."
                )


def _by_id(match: Match) -> None:
    known = {live.id: live for live in match.table.fields} if match.table else {}
    locked = match.locked.fields if match.locked else {}
    for name, field in match.model._meta.own_fields.items():
        ids = [field.id, locked[name].id if name in locked else None]
        there = next((known[id] for id in ids if id in known), None)
        if there is not None:
            match.fields[name] = there


def _by_name(match: Match) -> None:
    """Claim by name what is of the right type; links come later, in pairs."""
    for name, field in match.model._meta.own_fields.items():
        if name in match.fields or isinstance(field, LinkField):
            continue
        there = [other for other in match.unclaimed if other.name == field.name and other.type == field.api_type]
        if there:
            match.fields[name] = there[0]


def _links(matches: Matches) -> None:
    """Claim links: first the other ends of those that are known by id, so that no name takes them away."""
    by_model, taken = matches.models, set[End]()

    def named(link: LinkField[Any]) -> list[TableField]:
        there = by_model[link.target].table
        return [
            live
            for live in by_model[link.model].unclaimed
            if (live.name, live.type) == (link.name, LINK)
            and there is not None
            and live.options.get(TARGET) == there.id
            and by_model[link.model].end(live) not in taken
        ]

    def completed(relation: Pair) -> bool:
        for link, other in _both_ways(relation):
            live = by_model[link.model].of(link)
            if live is None:
                continue
            back = live.options.get(INVERSE)
            if other is None:
                # Nobody's: no link that is looked for by name is this one.
                taken.add((live.options.get(TARGET), back))
            elif matches.of(other) is None:
                ends = [field for field in by_model[link.target].unclaimed if (field.id, field.type) == (back, LINK)]
                candidates = named(other)
                # A field of the declared name that belongs to another link tells of links that were mixed up.
                chosen = candidates[:1] if candidates and ends and ends[0].name != other.name else ends or candidates
                if chosen:
                    by_model[other.model].fields[other.attribute] = chosen[0]
            return True
        return False

    for relation in [relation for relation in matches.pairs if not completed(relation)]:
        for link, _ in _both_ways(relation):
            if there := named(link):
                by_model[link.model].fields[link.attribute] = there[0]
                completed(relation)
                break
    _by_any_type(by_model.values(), taken)


def _by_any_type(matches: Iterable[Match], taken: set[End]) -> None:
    """Claim by name what is left: fields of another type than declared, and links that lead elsewhere."""
    for here in matches:
        for name, field in here.model._meta.own_fields.items():
            if name in here.fields or here.table is None:
                continue
            named = [other for other in here.unclaimed if other.name == field.name and here.end(other) not in taken]
            if named:
                here.fields[name] = named[0]


def _both_ways(relation: Pair) -> list[tuple[LinkField[Any], LinkField[Any] | None]]:
    link, partner = relation
    return [(link, partner)] if partner is None else [(link, partner), (partner, link)]
