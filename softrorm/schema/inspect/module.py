"""Module: the text of a module with a class for each table of a database, new or brought up to date.

A person owns a module once it is written: what stands there is never rewritten. What the database has and the module
has not is added, beside what is like it; of what the database has no more, a comment says so.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from softrorm.fields.base import words
from softrorm.models.options import snake
from softrorm.schema.inspect.declare import Declaration, made_of
from softrorm.schema.inspect.edits import Edits
from softrorm.schema.inspect.enums import Enums, Wire, key
from softrorm.schema.inspect.imports import add_import
from softrorm.schema.inspect.layout import assignment, docstring
from softrorm.schema.inspect.source import Declared, ModelClass, Source, first_line, last_line
from softrorm.schema.names import attribute_name, class_name

if TYPE_CHECKING:
    from softrorm.client.resources import Database, Table, TableField

IN_CLASSES = frozenset({"bool", "float", "int", "list", "object", "str", "fields", "datetime", "decimal"})
"""The names that declarations use in the body of a class, where an attribute of that name would hide them."""
RESERVED = frozenset(dir(builtins)) | {"TypedModel"}
_ABOUT = (
    'Models of the Softr database "{}".\n\nWritten by "softrorm inspect". Rename and add what you like: when it runs '
    "again, it adds what is new and marks what is gone."
)
_ALIASES = {"datetime": "dt", "decimal": "dec"}


class Module:
    """The text of a module that declares the tables of a database.

    Args:
        database: The database.
        tables: All of its tables.
        selected: The ids of the tables to declare; all but those that are commented out or imported unless given. A
            table that one of them links to gets a class without fields.
        existing: The module as it is.
        path: What to call it in messages.

    Raises:
        ConfigurationError: The module is no Python.
    """

    def __init__(
        self,
        database: Database,
        tables: Iterable[Table],
        selected: Iterable[str] | None,
        existing: str | None,
        path: str,
    ) -> None:
        about = "\n".join(docstring(_ABOUT.format(database.name)))
        future = "from __future__ import annotations"
        text = existing if existing and existing.strip() else f"{about}\n\n{future}\n"
        self.source = Source(text, path)
        self.database = database
        self.tables = {table.id: table for table in tables}
        left_out = self.source.commented() if selected is None else set()
        imported = {id: name for id, table in self.tables.items() if (name := self._imported_class(table))}
        asked = set(self.tables) - imported.keys() - left_out if selected is None else set(selected)
        self.selected = [id for id in self.tables if id in asked]
        self._edits = Edits(text)
        self._imports: dict[tuple[str, str], str] = {}
        self._reads_ahead = False
        self._names = set(self.source.names)
        found = ((id, self.source.model(id, table.name, database.id)) for id, table in self.tables.items())
        self.existing: dict[str, ModelClass] = {id: model for id, model in found if model}
        self._classes = {id: known.name for id, known in self.existing.items()}
        self._order = {id: known.node.lineno for id, known in self.existing.items()}
        self._classes |= {id: name for id, name in imported.items() if id not in asked and id not in self._classes}
        for id in [*self.selected, *(id for id in self._linked() if id not in left_out)]:
            self._name_class(id)
        self._attributes: dict[tuple[str, str], str] = {}
        self._declared: dict[tuple[str, str], Declared] = {}
        self._new: dict[str, list[TableField]] = {}
        for id in self._classes:
            self._match_fields(id)
        self._enums = Enums(self.source.enums, partial(self.use, "softrorm.fields:Choices"))
        self._plan_enums()

    # --- names ----------------------------------------------------------------------------------

    def _imported_class(self, table: Table) -> str | None:
        """The class of a table that the module has from another one, where a person put it."""
        name = class_name(table.name, (), RESERVED)
        return name if self.source.is_elsewhere(name) else None

    def _linked(self) -> list[str]:
        """The tables that have no class and that a new link leads to."""
        found: dict[str, None] = {}
        for id in self.selected:
            known = self.existing.get(id)
            for live in self.tables[id].fields:
                if known is None or not known.attribute(live.id or "", live.name):
                    returned = live.options.get("returnedField") or {}
                    for options in (live.options.to_wire(), returned.get("options") or {}):
                        found[options.get("linkedTableId") or ""] = None
        return [id for id in found if id in self.tables and id not in self.selected]

    def _name_class(self, id: str) -> None:
        if id not in self._classes:
            name = self._classes[id] = class_name(self.tables[id].name, self._names, RESERVED)
            self._names.add(name)
            self._order[id] = len(self._edits.lines) + len(self._order) + 1

    def _match_fields(self, id: str) -> None:
        """Find the attribute of each field, and name those that have none and are to have one."""
        known = self.existing.get(id)
        taken = set(known.names) if known else set()
        left_out = self.source.commented(known.node) if known else set()
        new: list[TableField] = []
        table = self.tables[id]
        # The primary field first, since a push takes the first text of a model for it.
        for live in sorted(table.fields, key=lambda live: live.id != table.primary_field_id):
            if live.id is None:
                continue
            if known and (declared := known.attribute(live.id, live.name)):
                self._attributes[id, live.id] = declared.attribute
                self._declared[id, live.id] = declared
            elif id in self.selected and live.id not in left_out:
                new.append(live)
        for live in new:
            name = attribute_name(live.name, taken, IN_CLASSES | self._names)
            taken.add(name)
            self._attributes[id, str(live.id)] = name
        self._new[id] = new

    def _plan_enums(self) -> None:
        """Name the Enums of new fields: those with choices of their own first, then those that show others'."""
        taken = {*self._names, *self._attributes.values()}
        for own in (True, False):
            for id, fields in self._new.items():
                for live in fields:
                    attribute = self._attributes[id, str(live.id)]
                    self._enums.plan(self._classes[id], attribute, _choices(live, own=own), taken)

    # --- the scope of declarations --------------------------------------------------------------

    def use(self, path: str) -> str:
        """See :meth:`Scope.use`."""
        module, _, name = path.partition(":")
        match module:
            case "softrorm":
                return self._imported(module, name)
            case "softrorm.fields":
                return f"{self._imported('softrorm', 'fields')}.{name}"
        return f"{self._imported(module, '')}.{name}"

    def _imported(self, module: str, name: str) -> str:
        if (module, name) in self._imports:
            return self._imports[module, name]
        whole = f"{module}.{name}" if name else module
        here = next((local for local, of in self.source.names.items() if of == whole), None)
        around = next((local for local, of in self.source.names.items() if name and of == module), None)
        if here or around:
            return here or f"{around}.{name}"
        wanted = name or module
        local = wanted if not self.source.names.keys() & {wanted} else _ALIASES.get(wanted, f"{wanted}_")
        self._imports[module, name] = local
        return local

    def model(self, table: str) -> str | None:
        """See :meth:`Scope.model`."""
        return self._classes.get(table)

    def is_above(self, table: str, other: str) -> bool:
        """See :meth:`Scope.is_above`."""
        return self._order.get(table, self._order[other]) < self._order[other]

    def attribute(self, table: str, id: str) -> str | None:
        """See :meth:`Scope.attribute`."""
        return self._attributes.get((table, id))

    def field(self, table: str, id: str) -> TableField | None:
        """See :meth:`Scope.field`."""
        return (
            next((live for live in self.tables[table].fields if live.id == id), None) if table in self.tables else None
        )

    def inverse(self, table: str, field: TableField) -> str | None:
        """See :meth:`Scope.inverse`: the later of two new ends names the other one."""
        other, id = (field.options.get(key) or "" for key in ("linkedTableId", "inverseLinkFieldId"))
        back = self.field(other, id)
        attribute = self.attribute(other, id)
        if back is None or attribute is None or back.options.get("linkedTableId") != table or id == field.id:
            return None
        if (other, id) in self._declared:
            return attribute
        mine, theirs = (self._place(*end) for end in ((table, field.id), (other, id)))
        return attribute if theirs < mine else None

    def _place(self, table: str, id: str | None) -> tuple[int, int]:
        return self._order[table], [live.id for live in self.tables[table].fields].index(id)

    def enum(self, table: str, choices: Iterable[Wire]) -> str | None:
        """See :meth:`Scope.enum`."""
        return self._enums.find(choices, self._order[table])

    def member(self, enum: str, choice: Wire) -> str | None:
        """See :meth:`Scope.member`."""
        return self._enums.member(enum, choice)

    # --- writing --------------------------------------------------------------------------------

    def text(self) -> str:
        """The text of the module."""
        for id in sorted(self._order, key=self._order.__getitem__):  # from top to bottom
            if id in self.existing and id in self.selected:
                self._update(id, self.existing[id])
        for known in self.source.models.values():
            if known.database == self.database.id and known.table:
                gone = known.table not in self.tables
                self._edits.mark(first_line(known.node), "Gone from the database." if gone else None)
        self._update_enums()
        for id in sorted(self._order.keys() - self.existing.keys(), key=self._order.__getitem__):
            self._add_class(id)
        text = self._edits.text()
        if self._reads_ahead and "annotations" not in self.source.names:
            text = add_import(text, "__future__", "annotations")
        for (module, name), local in sorted(self._imports.items()):
            text = add_import(text, module, name, "" if local == (name or module) else local)
        return text

    def _update(self, id: str, known: ModelClass) -> None:
        """Add the new fields of a class, and mark those that are gone or of another type."""
        for declared in known.declared.values():
            if declared.kind:
                self._edits.mark(declared.statement.lineno, self._said(declared, self._live(id, declared)))
        new = self._field_lines(id, known)
        if not new:
            return
        enums = self._enums.take()
        if enums:
            self._edits.insert(self._edits.above(first_line(known.node)), enums)
        body = known.node.body
        first = body[0]
        if known.declared:
            self._edits.insert(last_line([*known.declared.values()][-1].statement) + 1, new)
        elif isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
            self._edits.insert(last_line(first) + 1, ["", *new])
        else:
            self._edits.insert(self._edits.above(first_line(first)), [*new, ""])

    def _update_enums(self) -> None:
        for name in self.source.enums:
            users = [
                (of, declared)
                for of, known in ((id, known) for id, known in self.existing.items())
                for declared in (known.declared | known.inherited).values()
                if name in declared.enums
            ]
            live = [self._live(id, declared) for id, declared in users]
            if live and all(live):
                choices = [
                    choice for field in live if field for choice in _choices(field) or _choices(field, own=False)
                ]
                choices = [choice for choice in choices if choice.get("id") not in self.source.commented()]
                self._enums.update(name, list({key([choice]): choice for choice in choices}.values()), self._edits)

    def _live(self, table: str, declared: Declared) -> TableField | None:
        found = (id for (of, id), known in self._declared.items() if of == table and known is declared)
        return self.field(table, next(found, ""))

    def _said(self, declared: Declared, live: TableField | None) -> str | None:
        if live is None:
            # What is declared by its name may not have been there yet.
            return "Gone from the table." if declared.id else None
        kind = type(made_of(live, self)).__name__
        return (
            f"Now fields.{kind} in the table."
            if {kind, declared.kind}.isdisjoint({"Raw"}) and kind != declared.kind
            else None
        )

    def _field_lines(self, id: str, known: ModelClass | None = None) -> list[str]:
        """The lines of the new fields of a table, annotated as those that are there."""
        plain = known is not None and known.declared and not any(map(_is_annotated, known.declared.values()))
        lines: list[str] = []
        for field in self._new[id]:
            attribute = self._attributes[id, str(field.id)]
            made = Declaration(field, id, attribute, self)
            annotation = "" if plain else made.annotation
            self._reads_ahead |= not self._below(id).isdisjoint(re.findall(r"\w+", annotation))
            lines += assignment(attribute, annotation, made.call)
        return lines

    def _below(self, id: str) -> set[str]:
        """The classes that are not there yet where a class begins, so that its annotations cannot be evaluated."""
        here = self._order[id]
        return {name for other, name in self._classes.items() if self._order.get(other, here) >= here}

    def _add_class(self, id: str) -> None:
        table = self.tables[id]
        name = self._classes[id]
        fields = self._field_lines(id)
        lines = ["", "", *self._enums.take(), f"class {name}({self.use('softrorm:TypedModel')}):"]
        if about := docstring(table.description or "", 4):
            lines += [*about, ""]
        lines += [*fields, ""] if fields else []
        place = {"database": self.database.id, "table": id}
        if table.name != words(snake(name)):
            place["table_name"] = table.name
        lines.append("    class Meta:")
        for option, value in place.items():
            lines += assignment(option, "str", value, 8)
        self._edits.append(lines)


def _choices(field: TableField, *, own: bool = True) -> list[Wire]:
    """The choices of a field, or of what a computed one returns."""
    if own:
        return list(field.options.get("choices") or ()) if field.type == "SELECT" else []
    returned = field.options.get("returnedField") or {}
    return list((returned.get("options") or {}).get("choices") or ()) if returned.get("type") == "SELECT" else []


def _is_annotated(declared: Declared) -> bool:
    return isinstance(declared.statement, ast.AnnAssign)
