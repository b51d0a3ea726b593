"""Source: the models of a module as their text declares them, found without running it.

What inspect needs of a file that people edit: which class stands for which table, which attribute for which field,
which Enum for which choices, what its names mean, and on which lines each stands.
"""

from __future__ import annotations

import ast
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import TypeAlias

from softrorm import fields
from softrorm.client.errors import ConfigurationError
from softrorm.fields.base import Field, words
from softrorm.models.options import snake

FIELD_TYPES = frozenset(
    name for name in fields.__all__ if isinstance(kind := getattr(fields, name), type) and issubclass(kind, Field)
)
ENUMS = frozenset({"Choices", "Enum", "StrEnum"})
_QUOTED = re.compile(r"""["']([\w-]+)["']""")

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(slots=True)
class Declared:
    """A field that a class declares.

    Attributes:
        attribute: Its attribute.
        id: The field's id; ``None`` where it is declared by name.
        name: The field's name, as declared or as the attribute says it.
        kind: The class of the field; empty where it is none of softrorm's.
        enums: The names that its choices, and those of what it returns, are given by.
        statement: Where it stands.
    """

    attribute: str
    id: str | None
    name: str
    kind: str
    enums: list[str]
    statement: ast.stmt


@dataclass(slots=True)
class ModelClass:
    """A class of the module that may stand for a table.

    Attributes:
        name: Its name.
        node: Where it stands.
        database: The id of the database, where its Meta gives it as a text.
        table: The id of the table; ``None`` where it is declared by name.
        table_name: The name of the table.
        declared: The fields of the class itself, by attribute.
        inherited: Those of its bases in the module.
        names: All names of its body and of its bases'.
    """

    name: str
    node: ast.ClassDef
    database: str | None
    table: str | None
    table_name: str
    declared: dict[str, Declared]
    inherited: dict[str, Declared] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def attribute(self, id: str, name: str) -> Declared | None:
        """What stands for a field: by its id, else by its name."""
        known = [*self.declared.values(), *self.inherited.values()]
        return next(
            (declared for declared in known if declared.id == id),
            next(
                (declared for declared in known if declared.kind and declared.id is None and declared.name == name),
                None,
            ),
        )


@dataclass(slots=True)
class Member:
    """A member of an Enum of choices: its name, label and id as far as it says them, and where it stands."""

    name: str
    label: str
    id: str | None
    statement: ast.stmt


@dataclass(slots=True)
class EnumClass:
    """An Enum of the module.

    Attributes:
        name: Its name.
        node: Where it stands.
        members: Its members that are choices.
        maker: What its members are made with, such as ``Choice``; empty for tuples, ``None`` for labels alone.
        names: All names of its body.
    """

    name: str
    node: ast.ClassDef
    members: list[Member]
    maker: str | None
    names: set[str]

    def member(self, id: str | None, label: str) -> Member | None:
        """What stands for a choice: by its id, else by its label."""
        return next(
            (member for member in self.members if member.id and member.id == id),
            next((member for member in self.members if member.id is None and member.label == label), None),
        )


class Source:
    """A module's text.

    Args:
        text: The text.
        path: What to call it in messages.

    Attributes:
        models: The classes that may stand for tables, by name.
        enums: Its Enums, by name.
        names: The names that the module binds, and what those that are imported stand for.

    Raises:
        ConfigurationError: It is no Python; the message names the line.
    """

    def __init__(self, text: str, path: str = "the module") -> None:
        try:
            self.tree = ast.parse(text)
        except (SyntaxError, ValueError) as error:
            where = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
            raise ConfigurationError(
                f"{path}{where} is no Python that can be read: {getattr(error, 'msg', error)}."
            ) from None
        self.names = dict(_bound(self.tree.body))
        self._said = dict(_comments(text))
        self._texts = dict(_texts(self.tree.body))
        classes = [node for node in self.tree.body if isinstance(node, ast.ClassDef)]
        self.enums = {node.name: self._enum(node) for node in classes if self._is_enum(node, classes)}
        self.models = {node.name: self._model(node) for node in classes if node.name not in self.enums}
        for model in self.models.values():
            for base in self._bases(model.node, set()):
                model.inherited.update(base.declared)
                model.names |= base.names

    def model(self, table: str, name: str, database: str) -> ModelClass | None:
        """The class that stands for a table: by its id, else by its name.

        Args:
            table: The table's id.
            name: Its name.
            database: The id of its database.
        """
        own = [model for model in self.models.values() if not _is_abstract(model.node)]
        by_name = (
            model
            for model in own
            if model.table is None
            and model.table_name == name
            and model.database in {None, database}
            and any(known.kind for known in (model.declared | model.inherited).values())
        )
        return next((model for model in own if model.table == table), next(by_name, None))

    def is_elsewhere(self, name: str) -> bool:
        """Whether a name is imported from a module that is neither Python's nor softrorm's."""
        module = self.names.get(name, "").partition(".")[0] if "." in self.names.get(name, "") else "softrorm"
        return module != "softrorm" and module not in sys.stdlib_module_names

    def commented(self, node: ast.ClassDef | None = None) -> set[str]:
        """What comments have in quotes: the ids of what somebody commented out.

        Args:
            node: A class, for its own comments; those of the whole module unless given.
        """
        if node is None:
            return set().union(*self._said.values())
        below = (first_line(other) for other in self.tree.body if other.lineno > node.lineno)
        end = min(below, default=sys.maxsize)
        return set().union(*(said for line, said in self._said.items() if node.lineno < line < end))

    # --- classes --------------------------------------------------------------------------------

    def _model(self, node: ast.ClassDef) -> ModelClass:
        meta = next((inner for inner in node.body if isinstance(inner, ast.ClassDef) and inner.name == "Meta"), None)
        options = dict(_texts(meta.body, self._texts)) if meta else {}
        declared = {declared.attribute: declared for declared in map(_declared, node.body) if declared}
        return ModelClass(
            node.name,
            node,
            options.get("database"),
            options.get("table"),
            options.get("table_name") or words(snake(node.name)),
            declared,
            names=set(dict(_bound(node.body))),
        )

    def _bases(self, node: ast.ClassDef, seen: set[str]) -> Iterator[ModelClass]:
        for base in node.bases:
            found = self.models.get(ast.unparse(base))
            if found and found.name not in seen:
                seen.add(found.name)
                yield found
                yield from self._bases(found.node, seen)

    def _is_enum(self, node: ast.ClassDef, classes: list[ast.ClassDef]) -> bool:
        bases = [ast.unparse(base) for base in node.bases]
        if any(base.rpartition(".")[2] in ENUMS for base in bases):
            return True
        return any(self._is_enum(other, classes) for other in classes if other.name in bases and other is not node)

    def _enum(self, node: ast.ClassDef) -> EnumClass:
        members = [member for member in map(_member, node.body) if member]
        ready = any(ast.unparse(base).rpartition(".")[2] == "Choices" for base in node.bases)
        maker = "" if ready else None
        for _, value in filter(None, map(_target, node.body)):
            if isinstance(value, ast.Call):
                maker = ast.unparse(value.func)
            elif isinstance(value, ast.Tuple):
                maker = ""
        return EnumClass(node.name, node, members, maker, set(dict(_bound(node.body))))


def _comments(text: str) -> Iterator[tuple[int, set[str]]]:
    """The lines with comments, and what stands in quotes in each."""
    for token in tokenize.generate_tokens(StringIO(text, newline=None).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], set(_QUOTED.findall(token.string))


def first_line(node: ast.stmt) -> int:
    """The line on which a statement begins, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def last_line(node: ast.stmt) -> int:
    """The line on which a statement ends."""
    return node.end_lineno or node.lineno


def _is_abstract(node: ast.ClassDef) -> bool:
    metas = (inner for inner in node.body if isinstance(inner, ast.ClassDef) and inner.name == "Meta")
    return any(ast.unparse(line).replace(" ", "") == "abstract=True" for meta in metas for line in meta.body)


def _target(node: ast.stmt) -> tuple[str, ast.expr] | None:
    """The name and the value of an assignment to one name."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return name, value
    return None


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _texts(body: Iterable[ast.stmt], known: dict[str, str] | None = None) -> Iterator[tuple[str, str]]:
    """The names of a body that are set to texts, or to names of texts."""
    for name, value in filter(None, map(_target, body)):
        text = (known or {}).get(value.id) if isinstance(value, ast.Name) else _text(value)
        if text is not None:
            yield name, text


def _declared(node: ast.stmt) -> Declared | None:
    attribute, call = _target(node) or ("", None)
    if not isinstance(call, ast.Call):
        return None
    keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    id = _text(call.args[0] if call.args else keywords.get("id"))
    kind = ast.unparse(call.func).rpartition(".")[2]
    kind = kind if kind in FIELD_TYPES else ""
    if not id and not kind:
        return None
    nested = [part for part in ast.walk(call) if isinstance(part, ast.keyword) and part.arg == "choices"]
    enums = [keyword.value.id for keyword in nested if isinstance(keyword.value, ast.Name)]
    return Declared(attribute, id, _text(keywords.get("name")) or words(attribute), kind, enums, node)


def _member(node: ast.stmt) -> Member | None:
    found = _target(node)
    if found is None:
        return None
    name, value = found
    match value:
        case ast.Tuple(elts=parts) | ast.Call(args=parts) if parts and (label := _text(parts[0])) is not None:
            named = value.keywords if isinstance(value, ast.Call) else []
            ids = [*parts[1:2], *(keyword.value for keyword in named if keyword.arg == "id")]
            return Member(name, label, _text(ids[0]) if ids else None, node)
        case ast.Constant(value=str() as label):
            return Member(name, label, None, node)
    return None


def _bound(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    """The names that a body binds, with what they are imported from."""
    for node in body:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
            case ast.ImportFrom(module=module, level=level, names=names):
                for alias in names:
                    yield alias.asname or alias.name, f"{'.' * level}{module or ''}.{alias.name}"
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, ""
            case _:
                stored = (part for part in ast.walk(node) if isinstance(part, ast.Name))
                yield from ((target.id, "") for target in stored if isinstance(target.ctx, ast.Store))
                inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
                yield from _bound(inner)
