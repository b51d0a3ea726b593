"""Describing: the tables of models declared by id, in the API's own JSON, as far as the models know them.

The reverse of making fields from a schema, and what a sandbox needs to stand in for the real tables. What the models do
not say is left out, and is then as in a new table.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeAlias

from softrorm.client.errors import ConfigurationError
from softrorm.fields.link import LinkField
from softrorm.fields.raw import Raw
from softrorm.query.operators import nearest
from softrorm.schema.definition import definition, on_wire
from softrorm.schema.design import INVERSE, TARGET, field_named, key, primary_of, spare_name

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from softrorm.client.dialect import Dialect
    from softrorm.fields.base import Field
    from softrorm.models import Model
    from softrorm.schema.design import Key

End: TypeAlias = tuple[str, str]
"""One end of a relation: the ids of a table and of a link in it."""

UNKNOWN = "UNKNOWN"
"""The type of a Raw field that names none."""


class Description:
    """The databases that some models live in.

    Args:
        models: The models, with every model that they link to. Several may share a table, which then has the fields of
            all of them.
        dialect: How defaults are spelled.
        new_id: Makes an id for a field that is declared by name, given those that the table has.

    Attributes:
        databases: By id, the names of the databases.
        tables: By id, the objects of the tables.
        fields: The declared field behind each table and field id.

    Raises:
        ConfigurationError: The models do not say enough, or contradict each other; the message names the attribute.

    Makes no request.
    """

    def __init__(
        self, models: Iterable[type[Model]], dialect: Dialect, new_id: Callable[[Container[str]], str]
    ) -> None:
        self.databases: dict[str, str] = {}
        self.tables: dict[str, dict[str, Any]] = {}
        self.fields: dict[str, dict[str, Field[Any]]] = defaultdict(dict)
        self._models = tuple(models)
        self._ids: dict[Key, str] = {}
        self._database_of: dict[str, str] = {}
        for model in self._models:
            self._add_table(model)
        for model in self._models:
            self._add_declared(model)
        for model in self._models:
            self._add_named(model, new_id)
        inverse = self._inverses()
        for table, fields in self.fields.items():
            shown = [self._field(id, field, dialect, inverse.get((table, id))) for id, field in fields.items()]
            text = primary_of(fields.values())
            primary = next((id for id, field in fields.items() if field is text), None)
            if primary is None:
                primary = new_id(fields)
                spare = spare_name({wire["name"] for wire in shown}, table)
                shown.insert(0, {"id": primary, "name": spare, "type": "SINGLE_LINE_TEXT"})
            self.tables[table].update(primaryFieldId=primary, fields=shown)

    def of(self, database: str) -> list[dict[str, Any]]:
        """The tables of a database."""
        return [table for id, table in self.tables.items() if self._database_of[id] == database]

    def _add_table(self, model: type[Model]) -> None:
        meta = getattr(model, "_meta", None)
        if meta is None:
            raise ConfigurationError(f"{model!r} is no model: give the classes, one after the other.")
        if meta.abstract:
            raise ConfigurationError(f"{meta.name} is abstract: give the models derived from it.")
        for option in ("database", "table"):
            if not getattr(meta, option):
                raise ConfigurationError(
                    f"{meta.name}.Meta.{option} is not set, so that the id of its {option} is not known. Models "
                    "declared by name get their tables from create_tables()."
                )
        if self._database_of.setdefault(meta.table, meta.database) != meta.database:
            raise ConfigurationError(
                f"{meta.name}.Meta.table is {meta.table!r}, which stands in database {self._database_of[meta.table]!r} "
                f"by another model, and in {meta.database!r} by this one."
            )
        self.databases[meta.database] = meta.database_name or self.databases.get(meta.database) or meta.database
        self.tables.setdefault(meta.table, {"id": meta.table, "name": meta.table_name})

    def _add_declared(self, model: type[Model]) -> None:
        for field in model._meta.own_fields.values():
            if field.id:
                self._add(field, field.id)

    def _add_named(self, model: type[Model], new_id: Callable[[Container[str]], str]) -> None:
        fields = self.fields[str(model._meta.table)]
        for field in model._meta.own_fields.values():
            if field.id:
                continue
            same = next((id for id, other in fields.items() if other.name == field.name), None)
            if same and fields[same].model is model:
                raise ConfigurationError(f"{fields[same].label} and {field.label} are both called {field.name!r}.")
            self._add(field, same or new_id(fields))

    def _add(self, field: Field[Any], id: str) -> None:
        fields = self.fields[field.model._meta.table]
        self._ids[key(field)] = id
        known = fields.setdefault(id, field)
        if isinstance(known, Raw):
            fields[id] = field
        elif not isinstance(field, Raw) and (known.api_type, known.many) != (field.api_type, field.many):
            kinds = [
                f"{each.api_type} with {'several values' if each.many else 'one value'}" for each in (known, field)
            ]
            raise ConfigurationError(
                f"{known.label} and {field.label} are one field, {id!r}; it cannot be both {kinds[0]} and {kinds[1]}."
            )

    # --- fields -----------------------------------------------------------------------------------------------

    def _field(self, id: str, field: Field[Any], dialect: Dialect, inverse: str | None) -> dict[str, Any]:
        shown = on_wire(definition(field, dialect))
        options = shown["options"]
        if isinstance(field, LinkField):
            options.update({TARGET: field.target._meta.table, INVERSE: inverse})
        else:
            self._refer(field, options)
        whole = {
            **shown,
            "id": id,
            "type": field.api_type or UNKNOWN,
            "allowMultipleEntries": field.many,
            "readonly": not field.writable,
        }
        if isinstance(field, Raw):
            del whole["allowMultipleEntries"]  # which it does not know
        return whole

    def _refer(self, of: Field[Any], options: dict[str, Any]) -> None:
        """Put ids where the options of a computed field name attributes."""
        link = self._named(of.model, options.get("linkedRecordFieldId"))
        through = link.target if isinstance(link, LinkField) else None
        for option, model in (
            ("linkedRecordFieldId", of.model),
            ("lookupFieldId", through),
            ("rollupFieldId", through),
        ):
            found = self._named(model, options.get(option))
            if found is not None:
                options[option] = self._ids[key(found)]
        if options.get("referencedFieldIds"):
            named = [(name, self._named(of.model, name)) for name in options["referencedFieldIds"]]
            options["referencedFieldIds"] = [name if field is None else self._ids[key(field)] for name, field in named]

    def _named(self, model: type[Model] | None, name: Any) -> Field[Any] | None:
        """The field that an option names by attribute, name or id; ``None`` where no model declares it."""
        return None if model is None or not isinstance(name, str) else field_named(model, name)

    # --- links ------------------------------------------------------------------------------------------------

    def _inverses(self) -> dict[End, str | None]:
        """The field at the other end of each link, where it is known."""
        links = {
            (table, id): field
            for table, fields in self.fields.items()
            for id, field in fields.items()
            if isinstance(field, LinkField)
        }
        for link in links.values():
            self._check_target(link)
        found: dict[End, str | None] = {}
        for end, link in links.items():
            other = self._declared_inverse(link)
            if other is None:
                if INVERSE not in link.options:
                    continue
                back = link.target._meta.table, link.options[INVERSE]
            else:
                back = link.target._meta.table, self._ids[key(other)]
            taken = found.setdefault(end, back[1]) != back[1]
            if taken or (back in links and found.setdefault(back, end[1]) != end[1]):
                raise ConfigurationError(
                    f"{links[back].label if back in links else back[1]} cannot be the inverse of {link.label}: one of "
                    "them has another."
                )
        self._pair_the_rest(links, found)
        return found

    def _pair_the_rest(self, links: dict[End, LinkField[Any]], found: dict[End, str | None]) -> None:
        """Pair two links that are the only ones between their tables."""
        between: dict[frozenset[str], list[End]] = defaultdict(list)
        for end, link in links.items():
            if end not in found:
                between[frozenset({end[0], link.target._meta.table})].append(end)
        for tables, ends in between.items():
            there = {table for table, _ in ends}
            if len(tables) == 2 == len(there) == len(ends):
                first, second = ends
                found[first], found[second] = second[1], first[1]
            elif len(ends) > 1 and len(there) == len(tables):
                names = ", ".join(links[end].label for end in ends)
                raise ConfigurationError(
                    f"{names}: which of these links are two ends of one relation? Say so with inverse=; and of a "
                    f"link whose other end no model declares, with options={{{INVERSE!r}: None}}."
                )

    def _check_target(self, link: LinkField[Any]) -> None:
        target = link.target
        if target not in self._models:
            raise ConfigurationError(f"{link.label} links to {target.__name__}, which is not among the models given.")
        if target._meta.database != link.model._meta.database:
            raise ConfigurationError(f"{link.label} links to {target.__name__}, which is in another database.")

    def _declared_inverse(self, link: LinkField[Any]) -> LinkField[Any] | None:
        if link.inverse is None:
            return None
        fields = link.target._meta.own_fields
        other = fields.get(link.inverse)
        if not isinstance(other, LinkField):
            known = [field.attribute for field in fields.values() if isinstance(field, LinkField)]
            raise ConfigurationError(
                f"{link.label}: inverse={link.inverse!r} is no link of {link.target.__name__}."
                f"{nearest(link.inverse, known)}"
            )
        if other.target._meta.table != link.model._meta.table:
            raise ConfigurationError(f"{link.label} names {other.label} as its inverse, which leads elsewhere.")
        return other
