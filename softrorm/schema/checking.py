"""Checking: whether models and their tables still agree, as findings that say what to do.

An error is what breaks reading or writing; a warning is what will surprise somebody; an information is what the tables
have beyond the models. What a model leaves open is no finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from softrorm.client.errors import ConfigurationError
from softrorm.client.lock import Lock, lock_of
from softrorm.client.twins import twin
from softrorm.fields.factory import from_schema
from softrorm.fields.link import LinkField
from softrorm.query.operators import nearest
from softrorm.schema.compare import Difference, compare, compare_link, compare_references, named
from softrorm.schema.design import INVERSE, TARGET, flat, references
from softrorm.schema.groups import absent, file_of, groups, models_of
from softrorm.schema.match import match_models

if TYPE_CHECKING:
    import os
    from types import ModuleType

    from softrorm.client.client import Client
    from softrorm.client.resources import TableField
    from softrorm.fields.base import Field
    from softrorm.models import Model
    from softrorm.schema.groups import Group
    from softrorm.schema.match import Match

Severity: TypeAlias = Literal["error", "warning", "info"]

_PUSH = "'softrorm push' changes the table; or declare it as it is"
KINDS: Mapping[str, tuple[Severity, str]] = {
    "database": ("error", "'softrorm push' makes it; or set Meta.database_name or Meta.database to the right one"),
    "gone": (
        "error",
        "see that the address (--url, SOFTR_URL) and the lock file (--env, --lock) are of one environment; if the "
        "database was deleted, remove the lock file, and 'softrorm push' makes another",
    ),
    "gone by id": (
        "error",
        "see that the address (--url, SOFTR_URL) is the right one; or set Meta.database to the id of the right one",
    ),
    "table": ("error", "'softrorm push' makes it; or set Meta.table to the right id, or Meta.table_name to its name"),
    "field": ("error", "'softrorm push' makes it; or declare it by the right id or name=, or remove the attribute"),
    "unknown": ("info", "declare it if the program is to read it"),
    "unknown required": ("warning", "declare it: a new record without it is refused"),
    "name": ("warning", "'softrorm push' renames the field; or declare name= as it is"),
    "twins": (
        "warning",
        "rename one of them in Softr; or declare the one that is meant by its id: by name the other one may be found",
    ),
    "table name": ("warning", "'softrorm push' renames the table; or set Meta.table_name to the name that it has"),
    "type": ("error", "declare it as {right}; or let 'softrorm push --allow-destructive' convert the field"),
    "several": ("error", "declare it as {right}; or let 'softrorm push{lossy}' change the field"),
    "several results": ("error", "declare many= as it is; or let 'softrorm push' change the field"),
    "precision": ("error", "declare it as {right}; or let 'softrorm push' change the field"),
    "returns": ("warning", "declare returns= as the type that the table gives"),
    "option": ("warning", _PUSH),
    "reference": ("warning", _PUSH),
    "description": ("info", _PUSH),
    "default": ("info", _PUSH),
    "required": ("warning", _PUSH),
    "read-only": ("error", "the service computes it: declare it as {right}"),
    "choice missing": ("error", "'softrorm push' adds it; a record that is written with it now would keep bare text"),
    "choice unknown": ("warning", "declare it: records have it, or will"),
    "choice renamed": ("warning", "'softrorm push' renames it; or declare it by its new label"),
    "choice id": (
        "error",
        "declare the choice by its label, or by the id that it has here; a record that is written with the other one "
        "would keep bare text",
    ),
    "choice colour": ("info", _PUSH),
    "choice order": ("info", _PUSH),
    "target": (
        "error",
        "declare the link to the model of that table; or let 'softrorm push --allow-destructive' make it anew",
    ),
    "cut": ("error", "'softrorm push --allow-destructive' makes both ends anew; or declare the link without inverse="),
    "inverse": ("error", "declare inverse= as the field that the link's other end is"),
    "contradiction": ("error", "say otherwise in the model"),
}
"""The kinds of findings: how bad each is, and what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in which a model and its table do not agree.

    Attributes:
        severity: ``error``, ``warning`` or ``info``.
        kind: What it is; see :data:`KINDS`.
        model: The name of the model; the names of all its models where it is about a database.
        attribute: The attribute; empty where it is about the table.
        field_id: The id of the table's field; ``None`` where there is none.
        what: The finding.
        advice: What to do.
    """

    severity: Severity
    kind: str
    model: str
    attribute: str
    field_id: str | None
    what: str
    advice: str

    @property
    def label(self) -> str:
        """Where it is: ``Task.due``."""
        return f"{self.model}.{self.attribute}" if self.attribute else self.model

    def __str__(self) -> str:
        at = f" ({self.field_id})" if self.field_id else ""
        return f"{self.severity}: {self.label}{at}: {self.what}\n    {self.advice}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found.

    Attributes:
        findings: The findings, model by model.
        models: How many models were checked.
    """

    findings: tuple[Finding, ...]
    models: int = 0

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What breaks reading or writing."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What will surprise somebody."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    def passes(self, *, strict: bool = False) -> bool:
        """Whether there are no errors, and with ``strict`` no warnings either."""
        return not self.errors and not (strict and self.warnings)

    def __str__(self) -> str:
        """The findings for a person, and how many there are."""
        counts: Counter[str] = Counter(finding.severity for finding in self.findings)
        names = {"error": "error", "warning": "warning", "info": "note"}
        tally = [
            f"{count} {name}{'' if count == 1 else 's'}" for kind, name in names.items() if (count := counts[kind])
        ]
        checked = f"{self.models} model{'' if self.models == 1 else 's'} checked"
        return "\n".join([*map(str, self.findings), f"{checked}: {', '.join(tally) or 'all as in the tables'}."])

    def to_json(self) -> dict[str, Any]:
        """The report as JSON."""
        return {"models": self.models, "findings": [asdict(finding) for finding in self.findings]}


def check(
    models: ModuleType | type[Model] | Iterable[ModuleType | type[Model]],
    client: Client,
    *,
    lock: Lock | str | os.PathLike[str] | None = None,
    database: str | None = None,
) -> Report:
    """Compare models with the tables as they are now.

    Args:
        models: A module, or models.
        client: The client.
        lock: The lock of this environment, or its file; that of the client unless given.
        database: The id or name of a database for all the models, instead of what their ``Meta`` says.

    Returns:
        The findings; ``print()`` shows them.

    Raises:
        ConfigurationError: A model does not say where its table is.

    Makes one request for each database, and one more if one has to be found by its name. Document: Get Tables;
    wire-facts 8.
    """
    chosen = models_of(models)
    known = lock_of(lock) or client.lock or Lock()
    found: list[Finding] = []
    for group in groups(chosen, client, known, database):
        found += _Check(group, known, client, file_of(lock)).findings()
    return Report(tuple(found), len(chosen))


acheck = twin(check)


class _Check:
    """The check of one database."""

    def __init__(self, group: Group, lock: Lock, client: Client, lock_file: str | None) -> None:
        self._group = group
        self._lock = lock
        self._client = client
        self._lock_file = lock_file

    def findings(self) -> Iterator[Finding]:
        group = self._group
        if group.id is None or group.gone:
            yield self._no_database()
            return
        self._names = group.names
        try:
            self._matches = match_models(group, self._lock, closed=False)
        except ConfigurationError as error:
            yield _finding("contradiction", group.models[0], None, None, str(error))
            return
        for match in self._matches.models.values():
            yield from self._of(match)

    def _no_database(self) -> Finding:
        group = self._group
        if not group.gone:
            near = nearest(group.name, group.others).rstrip(".")
            return _finding(
                "database", group.models, None, None, f"there is no database {group.name!r}.{near}".rstrip(".")
            )
        kind = "gone" if group.by_lock else "gone by id"
        return _finding(kind, group.models, None, None, absent(group, self._client, self._lock_file))

    def _of(self, match: Match) -> Iterator[Finding]:
        meta = match.model._meta
        if match.table is None:
            asked = f"with the id {meta.table!r}" if meta.table else f"called {meta.table_name!r}"
            near = "" if meta.table else nearest(meta.table_name, [table.name for table in self._group.tables])
            yield _finding("table", match.model, None, None, f"the database has no table {asked}.{near}".rstrip("."))
            return
        if (meta.is_named or not meta.table) and meta.table_name != match.table.name:
            what = named("name of the table", meta.table_name, match.locked)
            said = Difference("name", what, match.table.name, meta.table_name).stated
            yield _finding("table name", match.model, None, None, said)
        for name, field in meta.own_fields.items():
            live = match.fields.get(name)
            if live is None:
                yield _finding("field", match.model, field, None, self._missing(match, field))
                continue
            twins = [other.id for other in match.table.fields if other.name == live.name]
            if len(twins) > 1 and (field.is_named or not field.id):
                what = f"the table has {len(twins)} fields called {live.name!r}: {', '.join(map(str, twins))}"
                yield _finding("twins", match.model, field, live, what)
            try:
                for difference in self._differences(match, field, live):
                    yield _finding(difference.kind, match.model, field, live, difference.stated)
            except ConfigurationError as error:
                yield _finding("contradiction", match.model, field, live, str(error))
        claimed = {end for other in self._matches.models.values() for end in other.claimed}
        for live in match.unclaimed:
            if live.id == match.table.primary_field_id and not live.required:
                continue  # a table always has one; a model without text has no use for it
            if (live.options.get(TARGET), live.options.get(INVERSE)) in claimed:
                continue  # the other end of a link that is declared: the service makes one for each
            kind = "unknown required" if live.required and live.default_value is None else "unknown"
            what = f"the table has a field {live.name!r} ({live.type}) that the model does not declare"
            yield _finding(kind, match.model, None, live, what)

    def _missing(self, match: Match, field: Field[Any]) -> str:
        assert match.table is not None  # noqa: S101 - the caller has looked
        if field.id:
            return f"the table {match.table.name!r} has no field with the id {field.id!r}"
        near = nearest(field.name, [live.name for live in match.unclaimed])
        return f"the table {match.table.name!r} has no field called {field.name!r}.{near}".rstrip(".")

    def _differences(self, match: Match, field: Field[Any], live: TableField) -> Iterator[Difference]:
        locked = match.locked.fields.get(field.attribute) if match.locked else None
        yield from compare(field, live, self._client.dialect, locked=locked)
        if live.type != field.api_type:
            return
        if isinstance(field, LinkField):
            yield from self._link(field, live)
        read = references(field, self._matches.undeclared)
        # What is read of models that were not given cannot be told.
        known = {
            option: named for option, named in read.items() if all(map(self._matches.knows, flat({option: named})))
        }
        yield from compare_references(field, live, known, self._matches.id_of, self._names)

    def _link(self, link: LinkField[Any], live: TableField) -> Iterator[Difference]:
        partner = self._matches.partner(link)
        linked = self._matches.models.get(link.target)
        target = linked.table.id if linked and linked.table else link.target._meta.table
        if target is not None:
            other = self._matches.of(partner) if partner is not None else None
            yield from compare_link((link, partner), (live, other), target, self._names)


def _finding(
    kind: str,
    models: type[Model] | Iterable[type[Model]],
    field: Field[Any] | None,
    live: TableField | None,
    what: str,
) -> Finding:
    severity, advice = KINDS[kind]
    if "{right}" in advice and live is not None:
        lossy = " --allow-destructive" if live.allow_multiple_entries else ""
        advice = advice.format(right=f"fields.{type(from_schema(live)).__name__}", lossy=lossy)
    id = live.id if live is not None else None
    names = [models.__name__] if isinstance(models, type) else [model.__name__ for model in models]
    return Finding(severity, kind, ", ".join(names), field.attribute if field is not None else "", id, what, advice)
