"""Work: a plan's steps, one after the other, each written into the lock as soon as the service has answered.

What the service does not promise is read back from its answers: keys of a field that a create left out, and the field
at the other end of a link, are put right by an update (wire-facts 8.3 and 14). A push that is interrupted leaves tables
that the next plan finds as they are, so that it holds only what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import ConfigurationError, NotFound
from softrorm.client.lock import LockedField, LockedTable
from softrorm.schema.definition import on_wire
from softrorm.schema.design import NEEDED
from softrorm.schema.pushing.plans import FIELD, TABLE, Plan, Step, digest
from softrorm.schema.settling import left_out, other_end

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.lock import Lock
    from softrorm.client.resources import TableField


def refuse_stale(plan: Plan, client: Client, lock: Lock) -> None:
    """See that a plan still is for what is there: the databases as they were, and the lock that of its environment.

    Args:
        plan: The plan.
        client: The client.
        lock: The lock that is to be filled.

    Raises:
        ConfigurationError: A database has changed, or the lock knows another one by the name of the plan's.

    Makes one request for each database, and one more if one is to be created.
    """
    for target in plan.targets:
        if target.id is not None:
            try:
                changed = digest(client.list_tables(target.id)) != target.digest
            except NotFound:
                changed = True
        else:
            changed = any(database.name == target.name for database in client.list_databases())
        if changed:
            raise ConfigurationError(
                f"The database {target.name!r} is not as it was when the plan was made, so that the plan may do harm "
                "to it; nothing was done. Make a new plan, and look at it."
            )
    called = {name: id for name, id in plan.lock.databases.items() if id in {target.id for target in plan.targets}}
    for name, id in {**called, **{target.name: target.id for target in plan.targets}}.items():
        if lock.databases.get(name, id) != id:
            raise ConfigurationError(
                f"The plan is for the database {name!r} ({id or 'to be made'}), and the lock knows another one by that "
                f"name, {lock.databases[name]}: that of another environment. Nothing was done. Give the lock"
                f"{f' file {plan.lock_file}' if plan.lock_file else ''} that the plan was made with."
            )


class Work:
    """A plan that is being carried out.

    Args:
        client: The client.
        lock: The ids that are known; those of what is made are added.
        targets: The ids of the databases, by the names that the steps use.
        save: Called whenever the lock has learned something.
    """

    def __init__(
        self,
        client: Client,
        lock: Lock,
        targets: Mapping[str, str | None],
        save: Callable[[], object] = lambda: None,
    ) -> None:
        self.client = client
        self.lock = lock
        self.databases = dict(targets)
        self._save = save

    def do(self, step: Step) -> None:
        """Carry out one step."""
        ACTIONS[step.action](self, step)
        self._save()

    # --- databases and tables -----------------------------------------------------------------------------------

    def create_database(self, step: Step) -> None:
        """1 request."""
        made = self.client.create_database(step.asked["name"], step.asked["workspace"])
        self.databases[step.database] = made.id
        self.lock.databases |= dict.fromkeys(step.asked["called"], made.id)

    def create_table(self, step: Step) -> None:
        """1 request, and 1 for each field that the service did not make as asked."""
        asked, database = step.asked, self._database(step)
        primary = asked["primary"]
        table = self.client.create_table(
            database,
            asked["name"],
            asked.get("description"),
            primary_field_name=primary["definition"]["name"] if primary else asked["spare"],
            fields=[on_wire(wanted["definition"]) for wanted in asked["fields"]],
        )
        self.lock.tables[step.table] = LockedTable(database, table.id, table.name, asked["module"])
        # Whatever is not in the answer is made one by one; names may be there twice, so each is taken once.
        made = list(table.fields)
        first = table.field(table.primary_field_id or "") if primary else None
        if first is not None:
            made.remove(first)
        answered = [(wanted, _taken(made, wanted["definition"])) for wanted in asked["fields"]]
        answered += [(primary, first)] if primary else []
        for wanted, field in answered:
            if field is not None:
                self._remember(step.table, wanted, field)
        self._save()
        for wanted, field in answered:
            self._put_right(step.table, wanted, field or self._create(step.table, wanted))

    def update_table(self, step: Step) -> None:
        """1 request, or 2 without a new name."""
        table = self.lock.tables[step.table]
        table.name = self.client.update_table(table.database, table.id, **step.asked).name

    def delete_table(self, step: Step) -> None:
        """1 request."""
        known = self.lock.tables[step.table]
        self.client.delete_table(known.database, step.asked["id"], force=True)
        del self.lock.tables[step.table]

    # --- fields -------------------------------------------------------------------------------------------------

    def create_field(self, step: Step) -> None:
        """1 request, or 3 where the service did not make it as asked."""
        made = self._create(step.table, step.asked)
        if step.asked["definition"]["type"] not in NEEDED:  # of which the service itself works out the rest
            self._put_right(step.table, step.asked, made)

    def create_link(self, step: Step) -> None:
        """1 request, and 2 or 3 where the other end is to be as declared."""
        made = self._create(step.table, step.asked)
        self._put_right(step.table, step.asked, made)
        inverse = step.asked.get("inverse")
        if inverse is None:
            return
        table, linked = self.lock.tables[step.table], self.lock.tables[step.asked["target"]]
        id = other_end(self.client, table.database, table.id, made)
        if id is None and inverse["attribute"]:
            raise ConfigurationError(
                f"The service made no field that leads back from {step.table}.{step.attribute}; the declared one, "
                f"{step.asked['target']}.{inverse['attribute']}, has nothing to stand for."
            )
        if id is not None:
            end = self.client.update_field(linked.database, linked.id, id, **self._resolved(inverse["definition"]))
            if inverse["attribute"]:
                self._remember(step.asked["target"], inverse, end)

    def update_field(self, step: Step) -> None:
        """2 requests."""
        table = self.lock.tables[step.table]
        known = table.fields.get(step.attribute)
        id = step.asked.get("id") or (known.id if known else "")
        changed = self.client.update_field(table.database, table.id, id, **self._resolved(step.asked["definition"]))
        if known is not None:
            self._remember(step.table, {**step.asked, "attribute": step.attribute}, changed)

    def delete_field(self, step: Step) -> None:
        """1 request."""
        table = self.lock.tables[step.table]
        id = step.asked["id"]
        self.client.delete_field(table.database, table.id, id)
        table.fields = {name: known for name, known in table.fields.items() if known.id != id}

    # --- what they share ----------------------------------------------------------------------------------------

    def _database(self, step: Step) -> str:
        id = self.databases[step.database]
        assert id is not None  # noqa: S101 - it was made before its tables
        return id

    def _create(self, table: str, asked: Mapping[str, Any]) -> TableField:
        known = self.lock.tables[table]
        made = self.client.create_field(known.database, known.id, **self._resolved(asked["definition"]))
        self._remember(table, asked, made)
        self._save()
        return made

    def _remember(self, table: str, asked: Mapping[str, Any], made: TableField) -> None:
        keys = asked.get("choices") or {}
        there = made.options.get("choices") or () if keys else ()
        choices = {keys[choice["label"]]: choice["id"] for choice in there if choice.get("label") in keys}
        self.lock.tables[table].fields[asked["attribute"]] = LockedField(str(made.id), made.name, choices)

    def _put_right(self, table: str, asked: Mapping[str, Any], made: TableField) -> None:
        """Put right what a create made otherwise than asked."""
        wanted = self._resolved(asked["definition"])
        changes = left_out(wanted, made)
        if not changes:
            return
        known = self.lock.tables[table]
        changed = self.client.update_field(known.database, known.id, str(made.id), **changes)
        self._remember(table, asked, changed)
        asked_for = wanted["type"], wanted.get("allow_multiple_entries", changed.allow_multiple_entries)
        if (changed.type, changed.allow_multiple_entries) != asked_for:
            values = {False: "one value", True: "several values"}
            raise ConfigurationError(
                f"{table}.{asked['attribute']} was asked for as {asked_for[0]} with {values[asked_for[1]]}, and the "
                f"service made it {changed.type} with {values[changed.allow_multiple_entries]}."
            )

    def _resolved(self, value: Any) -> Any:
        """What a step sends, with ids in place of references."""
        if isinstance(value, Mapping):
            if TABLE in value:
                return self.lock.tables[value[TABLE]].id
            if FIELD in value:
                table, attribute = value[FIELD]
                return self.lock.tables[table].fields[attribute].id
            return {name: self._resolved(item) for name, item in value.items()}
        return [self._resolved(item) for item in value] if isinstance(value, list) else value


ACTIONS: Mapping[str, Callable[[Work, Step], None]] = {
    "create_database": Work.create_database,
    "create_table": Work.create_table,
    "update_table": Work.update_table,
    "delete_table": Work.delete_table,
    "create_field": Work.create_field,
    "create_link": Work.create_link,
    "update_field": Work.update_field,
    "delete_field": Work.delete_field,
}


def _taken(made: list[Any], wanted: Mapping[str, Any]) -> Any:
    """The field of an answer that was asked for, taken out of it; of two with one name, that of the right type."""
    for same_type in (True, False):
        for field in made:
            if field.name == wanted["name"] and (field.type == wanted["type"] or not same_type):
                made.remove(field)
                return field
    return None
