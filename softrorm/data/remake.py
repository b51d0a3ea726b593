"""Remaking: the tables and fields of a backup in a new database, each with another id.

Fields that need nothing but their table come first. Links come in pairs, since the service makes the other end of a
link itself. Fields whose options name others come after those. What is made is noted at once, and on going on what was
made without being noted is found by its name: nobody else works in a database that is not finished.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, Final

from softrorm.client.errors import BadRequest, NotFound
from softrorm.schema.design import INVERSE, LINKED, NEEDED, OWN
from softrorm.schema.settling import left_out, other_end

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.resources import Table, TableField
    from softrorm.data.export import Progress
    from softrorm.data.state import State

LINK: Final = "LINKED_RECORD"
NOT_SENT: Final = frozenset({"valid", "isValid", "counter", "linkedTableId", INVERSE, "viewId"})
"""Options that the service works out, that are given otherwise, or that name what no backup holds."""
WORKED_OUT: Final = frozenset({"LOOKUP"})
"""Types whose result the service reads off the field that they look up."""
_NAMED = re.compile(r"\{([^{}]+)\}")

Wire = dict[str, Any]
Place = tuple[str, str]
"""A field of the backup: the ids of its table and of itself."""


class Remake:
    """Makes the tables of a backup.

    Args:
        client: The client.
        database: The id of the new database.
        tables: The tables of the backup, as the service described them.
        state: Knows what was made already.

    Attributes:
        tables: The tables of the backup, by id.
        fields: Their fields.
        notes: What could not be made as it was, in words.
    """

    def __init__(self, client: Client, database: str, tables: list[Wire], state: State) -> None:
        self.tables: dict[str, Wire] = {table["id"]: table for table in tables}
        self.fields: dict[Place, Wire] = {
            (table["id"], field["id"]): field for table in tables for field in table["fields"]
        }
        self.notes: list[str] = []
        self._client = client
        self._database = database
        self._state = state
        self._live: dict[str, Table] = {}

    def run(self, progress: Progress) -> None:
        """Make what is not there yet.

        Args:
            progress: Told how many fields are made, and how many there are.

        Makes one request to see what is there, one for each table and field, two or three more for each link, and two
        more for each field that the service did not make as asked.
        """
        self._live = {table.id: table for table in self._client.list_tables(self._database)}
        needs = {place: self._needs(place) for place in self.fields}
        made = 0

        def step() -> None:
            nonlocal made
            made += 1
            progress(made, len(self.fields))

        for table in self.tables.values():
            plain = [field for field in table["fields"] if self._is_plain((table["id"], field["id"]), needs)]
            self._make_table(table, plain, step)
        for place, field in self.fields.items():
            if field["type"] == LINK:
                self._make_link(place)
                step()
        for place in self._ordered({place: need for place, need in needs.items() if need}):
            self._make_computed(place, needs[place])
            step()
        for place, field in self.fields.items():
            if (field.get("aiOptions") or {}).get("aiFillable"):
                self.notes.append(f"{self.called(place)} is no longer filled by AI: switch it on where that is wanted.")

    def finish(self) -> None:
        """Set what would have stood in the way of restoring records: what is required, and defaults.

        Makes two requests for each such field.
        """
        for (table, id), field in self.fields.items():
            rules: dict[str, Any] = {"required": True} if field.get("required") else {}
            if (default := field.get("defaultValue")) is not None:
                choices = self._state.choices(table, id)
                rules["default_value"] = (
                    choices.get(default["id"], default["label"]) if isinstance(default, dict) else default
                )
            new = self.new_field(table, id)
            if rules and new is not None and not self._state.is_done("ruled", table, id):
                self._client.update_field(self._database, self.new_table(table), new, **rules)
                self._state.note_done("ruled", table, id)

    def new_table(self, table: str) -> str:
        """The new id of a table."""
        return str(self._state.table(table))

    def new_field(self, table: str, field: str) -> str | None:
        """The new id of a field; ``None`` if it could not be made."""
        return self._state.field(table, field)

    def called(self, place: Place) -> str:
        """A field in messages."""
        return f"{self.tables[place[0]]['name']}.{self.fields[place]['name']}"

    def partner(self, place: Place) -> Place | None:
        """The other end of a link, where the backup has it."""
        options = self.fields[place]["options"]
        end = options.get("linkedTableId"), options.get(INVERSE)
        other = self.fields.get(end)
        if other is None or other["type"] != LINK or other["options"].get(INVERSE) != place[1] or end == place:
            return None
        return str(end[0]), str(end[1])

    # --- what needs what ------------------------------------------------------------------------

    def _is_plain(self, place: Place, needs: dict[Place, set[Place]]) -> bool:
        kind = self.fields[place]["type"]
        return kind != LINK and kind not in NEEDED and not needs[place]

    def _needs(self, place: Place) -> set[Place]:
        """The fields that the options of a field name."""
        table, field = place[0], self.fields[place]
        if field["type"] == LINK:
            return set()
        options = field.get("options") or {}
        needed = {(table, id) for name in OWN for id in _listed(options.get(name))}
        through = self.fields.get((table, str(options.get("linkedRecordFieldId"))))
        linked = through["options"].get("linkedTableId") if through else None
        needed |= {(linked, id) for name in LINKED for id in _listed(options.get(name)) if linked}
        names = set(_NAMED.findall(str(options.get("formula") or "")))
        needed |= {(table, other["id"]) for other in self.tables[table]["fields"] if other["name"] in names}
        return {other for other in needed if other in self.fields and other != place}

    def _ordered(self, needs: dict[Place, set[Place]]) -> Iterator[Place]:
        computed = {place for place in self.fields if self.fields[place]["type"] in NEEDED} | needs.keys()
        graph = {place: needs.get(place, set()) & computed for place in computed}
        try:
            yield from list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            for place in dict.fromkeys(error.args[1]):
                del graph[place]
                self.notes.append(
                    f"{self.called(place)} is not restored: it is one of fields that refer to each other."
                )
            yield from self._ordered({place: need for place, need in needs.items() if place in graph})

    def _remapped(self, table: str, field: Wire) -> Wire:
        """Options with the new ids of what they name."""
        options = {name: value for name, value in (field.get("options") or {}).items() if name not in NOT_SENT}
        if field["type"] in WORKED_OUT:
            options.pop("returnedField", None)
        if "choices" in options:
            # The service makes the ids of choices itself (wire-facts 8.3).
            options["choices"] = [
                {key: choice[key] for key in ("label", "color") if choice.get(key)} for choice in options["choices"]
            ]
        through = self.fields.get((table, str(options.get("linkedRecordFieldId"))))
        linked = (through or field)["options"].get("linkedTableId")
        return {
            name: self._renamed(value, linked if linked and name not in OWN else table)
            for name, value in options.items()
        }

    def _renamed(self, value: Any, table: str) -> Any:
        if isinstance(value, str):
            return self._state.field(table, value) or value
        if isinstance(value, dict):
            return {key: self._renamed(part, table) for key, part in value.items()}
        return [self._renamed(part, table) for part in value] if isinstance(value, list) else value

    # --- tables and plain fields ----------------------------------------------------------------

    def _make_table(self, old: Wire, plain: list[Wire], step: Callable[[], None]) -> None:
        primary = next((field for field in old["fields"] if field["id"] == old.get("primaryFieldId")), None)
        rest = [field for field in plain if field is not primary]
        new = self._live.get(self._state.table(old["id"]) or "")
        if new is None:
            taken = {self._state.table(table) for table in self.tables}
            same = (table for table in self._live.values() if table.name == old["name"])
            new = next((table for table in same if table.id not in taken), None)
            new = new or self._client.create_table(
                self._database, old["name"], old.get("description") or None, primary["name"] if primary else None
            )
            self._live[new.id] = new
            self._state.note_table(old["id"], new.id)
        if primary is not None and primary["type"] != LINK and self.new_field(old["id"], primary["id"]) is None:
            self._take_primary(old["id"], primary, new, computed=primary not in plain)
        if primary in plain:
            step()
        for field in rest:
            self._make((old["id"], field["id"]))
            step()

    def _make(self, place: Place) -> None:
        """Make a field that is neither a link nor primary; what the service does not make any more is told."""
        table, field = place[0], self.fields[place]
        if self.new_field(*place) is None:
            try:
                made = self._unclaimed(table, field) or self._create(table, field)
                self._note(table, field, self._settled(table, field, made))
            except BadRequest as error:
                self._skip(place, f"the service refused it: {error.message}")

    def _take_primary(self, table: str, field: Wire, new: Table, *, computed: bool) -> None:
        made = new.field(str(new.primary_field_id))
        if made is None or computed:
            return  # a computed one is made of it when what it needs is there
        body = self._body(table, field)
        if made.type != field["type"] or made.options.to_wire() != body["options"]:
            change = {"options": body["options"]} | ({"type": field["type"]} if made.type != field["type"] else {})
            made = self._client.update_field(self._database, new.id, str(made.id), **change)
        self._note(table, field, self._settled(table, field, made))

    def _unclaimed(self, table: str, field: Wire) -> TableField | None:
        """A field that was made and not noted."""
        live = self._live[self.new_table(table)]
        taken = {self.new_field(table, old["id"]) for old in self.tables[table]["fields"]} | {live.primary_field_id}
        same = (new for new in live.fields if (new.name, new.type) == (field["name"], field["type"]))
        return next((new for new in same if new.id not in taken), None)

    def _body(self, table: str, field: Wire) -> Wire:
        body = {"name": field["name"], "type": field["type"], "options": self._remapped(table, field)}
        if field.get("description"):
            body["description"] = field["description"]
        if field.get("allowMultipleEntries"):
            body["allowMultipleEntries"] = True
        return body

    def _create(self, table: str, field: Wire, **options: Any) -> TableField:
        body = self._body(table, field)
        return self._client.create_field(
            self._database,
            self.new_table(table),
            body["name"],
            body["type"],
            {**body["options"], **options},
            description=body.get("description"),
            allow_multiple_entries=body.get("allowMultipleEntries"),
        )

    def _settled(self, table: str, field: Wire, made: TableField) -> TableField:
        """A field with what a create may have left out."""
        asked = {"name": field["name"], "allow_multiple_entries": bool(field.get("allowMultipleEntries"))}
        if field.get("description"):
            asked["description"] = field["description"]
        changes = left_out(asked, made)
        if not changes:
            return made
        return self._client.update_field(self._database, self.new_table(table), str(made.id), **changes)

    def _note(self, table: str, field: Wire, made: TableField) -> None:
        old = (field.get("options") or {}).get("choices") or []
        if old:
            new = made.options.to_wire().get("choices") or []
            by_label = {choice["label"]: choice["id"] for choice in new}
            labels = [choice["label"] for choice in old]
            in_order = labels == [choice["label"] for choice in new]
            ids = [choice["id"] for choice in new] if in_order else [by_label.get(label) for label in labels]
            self._state.note_choices(table, field["id"], dict(zip([choice["id"] for choice in old], ids, strict=True)))
        self._state.note_field(table, field["id"], str(made.id))

    # --- links ----------------------------------------------------------------------------------

    def _make_link(self, place: Place) -> None:
        table, field = place[0], self.fields[place]
        target, other = field["options"].get("linkedTableId"), self.partner(place)
        if any(self._state.is_done("linked", *end) for end in (place, other) if end is not None):
            return
        if target not in self.tables:
            self._skip(place, "the table that it leads to is not in the backup")
            return
        new = self.new_field(*place)
        if new is None:
            made = self._unclaimed(table, field) or self._create(table, field, linkedTableId=self.new_table(target))
            self._note(table, field, self._settled(table, field, made))
        else:
            made = self._client.get_field(self._database, self.new_table(table), new)
        inverse = other_end(self._client, self._database, self.new_table(table), made)
        if other is None and inverse:
            with suppress(NotFound):
                self._client.delete_field(self._database, self.new_table(target), inverse)
        elif other is not None and inverse:
            back = self._client.get_field(self._database, self.new_table(target), inverse)
            self._note(other[0], self.fields[other], self._settled(other[0], self.fields[other], back))
        elif other is not None:
            self.notes.append(f"{self.called(other)} is not restored: the service made no field that leads back.")
        self._state.note_done("linked", *place)

    # --- computed fields ------------------------------------------------------------------------

    def _make_computed(self, place: Place, needed: set[Place]) -> None:
        table, field = place[0], self.fields[place]
        if self.new_field(*place) is not None:
            return
        lost = [other for other in needed if self.new_field(*other) is None]
        if lost:
            self._skip(place, f"{self.called(lost[0])}, which it needs, is not")
            return
        if field["id"] != self.tables[table].get("primaryFieldId"):
            self._make(place)
            return
        primary = str(self._live[self.new_table(table)].primary_field_id)
        change = {"type": field["type"], "options": self._remapped(table, field)}
        try:
            made = self._client.update_field(self._database, self.new_table(table), primary, **change)
        except BadRequest as error:
            self._skip(place, f"the service refused it: {error.message}")
        else:
            self._note(table, field, self._settled(table, field, made))

    def _skip(self, place: Place, why: str) -> None:
        self.notes.append(f"{self.called(place)} is not restored: {why}.")


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [id for id in value or () if isinstance(id, str)]
