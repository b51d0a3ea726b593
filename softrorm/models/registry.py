"""The registry: models by name, so that links may name models which are defined later or elsewhere."""

from __future__ import annotations

import weakref
from typing import Any

from softrorm.client.errors import ConfigurationError
from softrorm.fields.link import TableId
from softrorm.query.operators import nearest

_models: dict[str, list[weakref.ref[Any]]] = {}


def register(model: type[Any]) -> None:
    """Enter a model under its name; the registry keeps no model alive."""
    _models.setdefault(model.__name__, []).append(weakref.ref(model))


def unregister(model: type[Any]) -> None:
    """Take a model out again, so that no link finds it by its name or its table."""
    _models[model.__name__] = [ref for ref in _models.get(model.__name__, ()) if ref() is not model]


def related(to: Any, model: type[Any], label: str) -> type[Any]:
    """The model that a link names.

    Args:
        to: A model class, the name of one, ``"self"``, or the id of a table.
        model: The model that has the link; models defined beside it come first.
        label: The link in messages.

    Raises:
        ConfigurationError: No model has this name, or several have it and none stands beside ``model``.
    """
    if isinstance(to, type):
        if not hasattr(to, "_meta") or to._meta.abstract:
            raise ConfigurationError(f"{label} links to {to.__name__}, which is no model with a table of its own.")
        return to
    if to == "self":
        return model
    if (reflect := getattr(to, "model", None)) is not None:  # a table whose model is made from the live schema
        return reflect() or _stand_in(to, model)
    found: list[type[Any]] = [other for ref in _models.get(to, ()) if (other := ref()) is not None] or [
        other for other in models() if other._meta.table == to
    ]
    for beside in (_same_scope, _same_module):
        if near := [other for other in found if beside(other, model)]:
            return near[-1]  # a class that was defined again replaces the former one
    if len(found) == 1:
        return found[0]
    if isinstance(to, TableId) and not found:
        return _stand_in(to, model)
    if found:
        places = ", ".join(f"{other.__module__}.{other.__qualname__}" for other in found)
        raise ConfigurationError(f"{label} links to {to!r}, which could be {places}; give the class itself.")
    raise ConfigurationError(
        f"{label} links to {to!r}, and no model has this name.{nearest(str(to), _models)} "
        "Import the module that defines it before the link is used."
    )


def _stand_in(table: TableId, model: type[Any]) -> type[Any]:
    """A model without fields for a table that only a schema names: its records have an id and a label."""
    from softrorm.models.model import Model

    place = {"database": model._meta.database, "database_name": model._meta.database_name, "table": str(table)}
    meta = type("Meta", (), {name: value for name, value in place.items() if value})
    return type(f"Table{table}", (Model,), {"Meta": meta, "__module__": model.__module__, "__doc__": None})


def _same_scope(other: type[Any], model: type[Any]) -> bool:
    return _same_module(other, model) and other.__qualname__.rpartition(".")[0] == model.__qualname__.rpartition(".")[0]


def _same_module(other: type[Any], model: type[Any]) -> bool:
    return other.__module__ == model.__module__


def models() -> list[type[Any]]:
    """All models with a table of their own."""
    return [model for refs in _models.values() for ref in refs if (model := ref()) is not None]
