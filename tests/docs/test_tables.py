"""The tables of the documentation are the code's own: each stands between marks in a page and is compared.

``python tests/docs/test_tables.py`` writes them anew. What only prose can say, such as a row for each open question, is
checked for completeness: every switch, option and keyword that the code has must be named on its page.
"""

import inspect
import json
import re
from dataclasses import fields as attributes_of
from pathlib import Path

import pytest

from softrorm import Client, Dialect, Model, fields
from softrorm.client import errors
from softrorm.client.exchange import Kind
from softrorm.client.retry import DECISIONS
from softrorm.fields.base import Field
from softrorm.fields.derived import Derived
from softrorm.models.options import OPTIONS
from softrorm.query.columns import Column
from softrorm.query.operators import OPERATORS, Family
from softrorm.query.tables import arrow_table, pandas_frame, polars_frame
from softrorm.sandbox.faultkinds import KINDS
from softrorm.sandbox.rates import POLICIES
from softrorm.schema.probe import QUESTIONS

DOCS = Path(__file__).parents[2] / "docs"


class Linked(Model):
    """What the sample links lead to."""

    name = fields.SingleLineText("aB3dE")

    class Meta:
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "kNjsEhYYcNjAsj"


PERSON = {"id": "<user id>", "name": "Ada", "email": "ada@example.com", "avatarUrl": None}
CHOICE = {"id": "<choice id>", "label": "Urgent"}
LINK = {"id": "<record id>", "label": "New site"}
FILE = {"id": "<file id>", "url": "https://...", "filename": "a.pdf", "type": "application/pdf", "size": 1024}
URGENT = {"Urgent": "<choice id>"}
NUMBER, TEXT = fields.Number(), fields.SingleLineText()

# Attribute: the field, its declaration where that needs more than the class, and what it reads on the wire.
SAMPLES = {
    "a": (fields.SingleLineText("f0001"), "", ["Launch"]),
    "b": (fields.LongText("f0002"), "", ["Two\nlines"]),
    "c": (fields.Email("f0003"), "", ["ada@example.com"]),
    "d": (fields.Phone("f0004"), "", ["+44 20 7946 0018"]),
    "e": (fields.Url("f0005"), "", ["https://example.com"]),
    "f": (fields.Address("f0006"), "", ["1 Example Street"]),
    "g": (fields.Checkbox("f0007"), "", [True]),
    "h": (fields.Number("f0008"), "", [3, 2.5]),
    "i": (fields.Currency("f0009"), "", [12.5]),
    "j": (fields.Percent("f0010"), "", [40, 2.5]),
    "k": (fields.Rating("f0011"), "", [4]),
    "l": (fields.Progress("f0012"), "", [60, 2.5]),
    "m": (fields.Duration("f0013"), "", [90, 2.5]),
    "n": (fields.Duration("f0014", unit="seconds"), 'unit="seconds"', [90]),
    "o": (fields.DateTime("f0015"), "", ["2026-11-22T09:30:00.000Z"]),
    "p": (fields.Date("f0016"), "", ["2026-11-22"]),
    "q": (fields.Time("f0017"), "", ["09:30:00"]),
    "r": (fields.DateRange("f0018"), "", [{"from": "2026-11-22", "to": "2026-11-29"}]),
    "s": (fields.Select("f0019", choices=URGENT), "", [CHOICE]),
    "t": (fields.MultiSelect("f0020", choices=URGENT), "", [[CHOICE]]),
    "u": (fields.LinkedRecord("f0021", to=Linked), "to=Project", [LINK]),
    "v": (fields.LinkedRecords("f0022", to=Linked), "to=Task", [[LINK]]),
    "w": (fields.User("f0023"), "", [PERSON]),
    "x": (fields.User("f0024", many=True), "many=True", [[PERSON]]),
    "y": (fields.Attachment("f0025"), "", [[FILE]]),
    "z": (fields.Lookup("f0026", returns=NUMBER, many=True), "returns=fields.Number(), many=True", [[3, 5]]),
    "aa": (fields.Rollup("f0027", returns=NUMBER), "returns=fields.Number()", [8, 2.5]),
    "ab": (fields.Formula("f0028", returns=TEXT), "returns=fields.SingleLineText()", ["Launch (3)"]),
    "ac": (fields.Count("f0029"), "", [2]),
    "ad": (fields.Autonumber("f0030"), "", [17]),
    "ae": (fields.RecordId("f0031"), "", ["<record id>"]),
    "af": (fields.CreatedAt("f0032"), "", ["2026-11-22T09:30:00.000Z"]),
    "ag": (fields.UpdatedAt("f0033"), "", ["2026-11-22T09:30:00.000Z"]),
    "ah": (fields.CreatedBy("f0034"), "", [PERSON]),
    "ai": (fields.UpdatedBy("f0035"), "", [PERSON]),
    "aj": (fields.Button("f0036"), "", [None]),
    "ak": (fields.Raw("f0037"), "", [{"any": "JSON"}]),
}


class Sampled(Model):
    """One field of every type."""

    locals().update({name: field for name, (field, _, _) in SAMPLES.items()})

    class Meta:
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "J563LaZ43bZSQy"


def code(text):
    return f"`{text}`" if text else ""


def as_json(value):
    return code(json.dumps(value, ensure_ascii=False))


def table(*heads):
    return ["| " + " | ".join(heads) + " |", "| " + " | ".join("---" for _ in heads) + " |"]


def row(*cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def summary(of):
    """The first sentence of a docstring, as Markdown, without what the table says beside it."""
    return re.sub(r": `[^`]*`\.$", ".", inspect.getdoc(of).split("\n\n")[0].replace("\n", " ").replace("``", "`"))


def read(name, raw):
    record = {"id": "vQ9BI8QUVQiFua", "fields": {SAMPLES[name][0].id: raw}, "createdAt": None, "updatedAt": None}
    return getattr(Sampled.from_record(record), name)


def python_type(name):
    field, _, raws = SAMPLES[name]
    if isinstance(field, fields.Button | fields.Raw):
        return "what JSON holds"
    values = [read(name, raw) for raw in raws]
    shown = list(dict.fromkeys(type(value).__name__ for value in values))
    if field.many:
        inside = dict.fromkeys(type(one).__name__ for value in values for one in value)
        shown = [f"list[{' | '.join(inside)}]"]
    if field.empty() is None:
        shown.append("None")
    # A bar inside a table's cell is written in one way on GitHub and in another on the site, so there is none.
    return " or ".join(map(code, shown)).replace("Linked", "Project" if name == "u" else "Task")


def declaration(name):
    field, more, _ = SAMPLES[name]
    return f"{type(field).__name__}({more})" if more else type(field).__name__


def field_types():
    yield from table("API type", "Class in `softrorm.fields`", "In Python", "Empty", "Filters as", "Writable")
    for name, (field, _, _) in SAMPLES.items():
        family = f"{field.family.value}" + (" (of `returns`)" if isinstance(field, Derived) else "")
        yield row(
            code(field.api_type) if field.api_type else "any other",
            code(declaration(name)),
            python_type(name),
            code(repr(field.empty())),
            family,
            "yes" if field.writable else "no",
        )


def wire_shapes():
    yield from table("Class", "Reads", "Empty reads", "Is written as", "Is emptied with")
    for name, (field, _, raws) in SAMPLES.items():
        if raws == [None]:
            continue
        empty = [] if field.many else False if isinstance(field, fields.Checkbox) else None
        assert read(name, empty) == field.empty()
        written = emptied = "not written"
        if field.writable:
            values = Sampled(**{name: read(name, raws[0])}).to_wire()
            written = as_json(values[field.id])
            emptied = as_json(
                False if isinstance(field, fields.Checkbox) else field.encode_blank() if not field.many else []
            )
        yield row(code(declaration(name)), as_json(raws[0]), as_json(empty), written, emptied)


def frames():
    """The fields whose columns are alike share a row."""
    pa, pd, pl = (pytest.importorskip(library) for library in ("pyarrow", "pandas", "polars"))
    alike = {}
    for name, (field, _, raws) in SAMPLES.items():
        plain = [field.plain(raw) for raw in raws if raw is not None]
        typed = {name: (field, plain)}
        shown = dict.fromkeys(type(value).__name__ for value in plain)
        if field.lists:
            shown = [f"list[{' | '.join(dict.fromkeys(type(one).__name__ for value in plain for one in value))}]"]
        types = (
            arrow_table(pa, typed).schema.field(name).type,
            pandas_frame(pd, typed).dtypes[name],
            polars_frame(pl, typed).schema[name],
        )
        python = "what JSON holds" if field.column is Column.JSON else " or ".join(map(code, shown))
        alike.setdefault((python, *(code(str(one)) for one in types)), []).append(declaration(name))
    yield from table("Fields", "Dicts and columns", "Arrow", "pandas", "polars")
    for cells, declarations in alike.items():
        yield row(", ".join(map(code, dict.fromkeys(declarations))), *cells)


class Task(Model):
    """The model of the examples of operators."""

    title = fields.SingleLineText("E08c0")
    qty = fields.Number("nLp42")
    due = fields.Date("xgETy")
    tags = fields.MultiSelect("TLhWF", choices={"blocked": "c81d", "late": "f03b"})

    class Meta:
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "J563LaZ43bZSQy"


SYMBOLS = {
    "IS": "==",
    "IS_NOT": "!=",
    "GREATER_THAN": ">",
    "GREATER_THAN_OR_EQUALS": ">=",
    "LESS_THAN": "<",
    "LESS_THAN_OR_EQUALS": "<=",
}
WORDS = {"STARTS_WITH": "THE", "DOES_NOT_START_WITH": "THE", "ENDS_WITH": "END", "DOES_NOT_END_WITH": "END"}


def example(operator):
    """A field that takes the operator, and a right side as source."""
    if Family.TEXT in operator.families and operator.arity.name == "ONE":
        return "title", f'"{WORDS.get(operator.name, "urgent")}"'
    return {
        "NONE": ("title", "True"),
        "ONE": ("qty", "100"),
        "MANY": ("title", '["Draft", "Launch"]')
        if Family.TEXT in operator.families
        else ("tags", '["blocked", "late"]'),
        "RANGE": ("qty", "100, 500") if Family.NUMBER in operator.families else ("due", '"2026-11-01", "2026-11-30"'),
    }[operator.arity.name]


def operators():
    yield from table("Operator", "Look-up", "The same in Django's words", "As an expression", "What is sent")
    for operator in OPERATORS:
        name, right = example(operator)
        given = f"({right})" if operator.arity.name == "RANGE" else right
        method = "is_" if operator.name == "IS" else operator.lookup
        expression = f"Task.{name}.{method}({'' if operator.arity.name == 'NONE' else right})"
        condition, same = (
            eval(f"Task.objects.filter({text})").to_dict()["filter"]
            for text in (f"{name}__{operator.lookup}={given}", expression)
        )
        assert condition == same
        symbol = SYMBOLS.get(operator.name)
        yield row(
            code(operator.name),
            code(f"{name}__{operator.lookup}={given}"),
            ", ".join(code(alias) for alias in operator.aliases),
            (f"`Task.{name} {symbol} {right}` or " if symbol else "") + code(expression),
            as_json(condition["condition"]),
        )


def families():
    yield from table("A field that holds", "Takes")
    for family in Family:
        taken = (
            "all of them"
            if family is Family.RAW
            else ", ".join(code(one.lookup) for one in OPERATORS if one.takes(family))
        )
        yield row(family.value, taken)


def error_tree():
    kinds = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, errors.SoftrError)]
    yield from table("Error", "Is also a", "When")
    for kind in kinds:
        own = [base.__name__ for base in kind.__mro__[1:] if issubclass(base, errors.SoftrError)]
        builtin = [base for base in kind.__mro__[1:] if base.__module__ == "builtins" and base not in Exception.__mro__]
        builtin = [base.__name__ for base in builtin if base not in {OSError}]
        yield row(code(kind.__name__), ", ".join(map(code, [*own[:-1], *builtin])), summary(kind))


def retries():
    yield from table("What happened", *(f"{kind.name.lower()}" for kind in Kind))
    for outcome, decisions in DECISIONS.items():
        yield row(outcome.value, *(decisions[kind].name.lower() for kind in Kind))


def switches():
    about = re.findall(r"^    (\w+): (.+(?:\n     +.+)*)", inspect.getdoc(Dialect), re.MULTILINE)
    about = {name: re.sub(r"\s+", " ", text).replace("``", "`") for name, text in about}
    shown = {attribute.name: lambda value: code(repr(value)) for attribute in attributes_of(Dialect)}
    missing = ", ".join(code(name) for name in sorted(Dialect.CURRENT.operators - Dialect.JUNE_2025.operators))
    yield from table("Switch", "`CURRENT`", "`JUNE_2025`", "What it says")
    for name, show in shown.items():
        cells = [show(getattr(dialect, name)) for dialect in (Dialect.CURRENT, Dialect.JUNE_2025)]
        if name == "operators":
            cells = ["all", f"all but {missing}"]
        yield row(code(name), *cells, about[name])


def questions():
    yield from table("Called", "Question", "What is tried", "Switches", "What is known")
    for one in QUESTIONS:
        switches = ", ".join(map(code, one.switches))
        yield row(code(one.key), one.asks, one.tries, switches, one.facts)


TABLES = {
    "field types": ("models-and-fields.md", field_types),
    "wire shapes": ("models-and-fields.md", wire_shapes),
    "frames": ("frames.md", frames),
    "operators": ("operators.md", operators),
    "families": ("operators.md", families),
    "errors": ("client.md", error_tree),
    "retries": ("client.md", retries),
    "switches": ("what-is-known.md", switches),
    "questions": ("probe.md", questions),
}


def between(name):
    return re.compile(rf"(?<=<!-- table: {name} -->\n).*?(?=<!-- end of table -->)", re.DOTALL)


def made(name):
    return "\n" + "\n".join(TABLES[name][1]()) + "\n\n"


@pytest.mark.parametrize("name", TABLES)
def test_a_table_says_what_the_code_says(name):
    page, _ = TABLES[name]
    found = between(name).search((DOCS / page).read_text("utf-8"))
    assert found, f"docs/{page} has no place for the table of {name}"
    assert found[0] == made(name), "to write it anew: python tests/docs/test_tables.py"


def test_every_field_type_stands_in_the_tables():
    public = {getattr(fields, name) for name in fields.__all__} - {Field}
    types = {one for one in public if inspect.isclass(one) and issubclass(one, Field)}
    assert {type(field) for field, _, _ in SAMPLES.values()} == types


def test_the_readme_counts_types_and_operators_rightly():
    readme = (DOCS.parent / "README.md").read_text("utf-8")
    types = {field.api_type for field, _, _ in SAMPLES.values() if field.api_type} | {"DATE"}
    assert f"all {len(types)} of the API's types" in readme
    assert f"all {len(OPERATORS)} operators" in readme


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("models-and-fields.md", OPTIONS),
        ("client.md", [name for name in inspect.signature(Client).parameters if name not in {"clock", "sleep"}]),
        ("sandbox.md", [*KINDS, *POLICIES]),
        ("what-is-known.md", [attribute.name for attribute in attributes_of(Dialect)]),
    ],
)
def test_a_page_names_everything_that_the_code_takes(page, names):
    prose = re.sub(r"<!-- table: .*?<!-- end of table -->", "", (DOCS / page).read_text("utf-8"), flags=re.DOTALL)
    assert [name for name in names if not re.search(rf"`\"?{name}\b", prose)] == []


def write():
    for name, (page, _) in TABLES.items():
        text = (DOCS / page).read_text("utf-8")
        place = between(name).search(text)
        (DOCS / page).write_text(text[: place.start()] + made(name) + text[place.end() :], "utf-8")


if __name__ == "__main__":
    write()
