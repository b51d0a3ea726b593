"""Run by test_typing.py in a process of its own: does the library take what the checkers take, and refuse the rest?

Prints each statement of the samples on which the two disagree. The samples' models would otherwise enter the registry
of the test process.
"""

import ast
import importlib
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples"

# Values are checked when they are assigned, conditions when they are made; the other functions make requests.
TAKEN = {
    "assignments": ["assignments"],
    "queries": ["conditions_on_fields", "combinations"],
    "typed_model": ["constructors"],
}
# Edits build on each other, and the field looks at them when the record is about to be written.
EDITS = {"assignments": "edits_in_place"}
REFUSED = {
    "errors_values": ["wrong_values", "values_that_the_service_computes"],
    "errors_queries": ["operators_of_other_families", "operands_of_other_types"],
    "errors_typed_model": ["constructors"],
}


def statements(sample: str, functions: list[str]) -> Iterator[tuple[int, str]]:
    for function in ast.parse((SAMPLES / f"{sample}.py").read_text(encoding="utf-8")).body:
        if isinstance(function, ast.FunctionDef) and function.name in functions:
            for statement in function.body:
                yield statement.lineno, ast.unparse(statement)


def records() -> tuple[Any, Any]:
    from tracker import Project, Task

    fields = dict.fromkeys(field.id for field in Task._meta.own_fields.values())
    links = dict.fromkeys(field.id for field in Project._meta.own_fields.values())
    return (
        Task.from_record({"id": "vQ9BI8QUVQiFua", "fields": fields}),
        Project.from_record({"id": "vQ9BI8QUVQiFub", "fields": links}),
    )


def raised(statement: str, names: dict[str, Any]) -> Exception | None:
    task, project = records()
    try:
        exec(statement, {**names, "task": task, "project": project})
    except Exception as error:
        return error
    return None


def main() -> None:
    sys.path.insert(0, str(SAMPLES))
    sys.dont_write_bytecode = True
    warnings.simplefilter("error")
    for samples, refused in ((TAKEN, False), (REFUSED, True)):
        for sample, functions in samples.items():
            names = vars(importlib.import_module(sample))
            for line, statement in statements(sample, functions):
                error = raised(statement, names)
                if (error is not None) is not refused:
                    print(f"{sample}.py:{line}: {statement}: {error!r}")
    for sample, function in EDITS.items():
        edited = records()
        getattr(importlib.import_module(sample), function)(*edited)
        for record in edited:
            if not record.to_wire():
                print(f"{sample}.py: {function} did not change {record!r}")


if __name__ == "__main__":
    main()
