"""Whatever is public and makes requests has a twin for async code, which takes the same arguments.

A docstring says how many requests its function makes; here it is taken at its word. That what it says is right is the
matter of the tests that count.
"""

import asyncio
import inspect
import re
from importlib import import_module

import pytest

import softrorm
from softrorm import Client, Model, QuerySet, Session
from softrorm.client.twins import stream, twin
from softrorm.query.changes import Changes

MODULES = (softrorm, import_module("softrorm.schema"))
PUBLIC = {name: getattr(module, name) for module in MODULES for name in module.__all__}
CLASSES = [one for one in PUBLIC.values() if inspect.isclass(one) and one.__module__.startswith("softrorm")]
MAKES_REQUESTS = re.compile(r"\bMakes\s+(?!no\b)|\b\d+\s+requests?\b")
SPEAKS_OF_REQUESTS = re.compile(r"\brequests?\b")
BY_SYNTAX = [(QuerySet, "__aiter__"), (Changes, "__aiter__"), (Session, "__aenter__"), (Session, "__aexit__")]


def is_twin(function):
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def functions_of(owner):
    """The public functions and methods of a class or of the package, by name."""
    named = PUBLIC if owner is softrorm else {name: getattr(owner, name, None) for name in dir(owner)}
    return {
        name: one
        for name, one in named.items()
        if (inspect.isfunction(one) or inspect.ismethod(one))
        and not name.startswith("_")
        and one.__module__.startswith("softrorm")
    }


def that_make_requests():
    """The owners and names of what makes requests."""
    return list(_that_make_requests())


def _that_make_requests():
    for owner in (softrorm, *CLASSES):
        for name, function in functions_of(owner).items():
            if not is_twin(function) and MAKES_REQUESTS.search(function.__doc__ or ""):
                yield pytest.param(owner, name, id=f"{owner.__name__}.{name}")


@pytest.mark.parametrize(("owner", "name"), that_make_requests())
def test_what_makes_requests_has_a_twin_of_the_same_signature(owner, name):
    found = functions_of(owner)
    own = found.get(f"a{name}")
    assert own is not None, f"{name}() makes requests: give it a twin, a{name} = twin({name})"
    assert is_twin(own)
    assert own.__name__ == f"a{name}"
    assert inspect.signature(own) == inspect.signature(found[name])
    assert f"``{name}()`` for async code" in own.__doc__
    assert inspect.isasyncgenfunction(own) is inspect.isgeneratorfunction(found[name])


@pytest.mark.parametrize("owner", [softrorm, *CLASSES], ids=lambda owner: owner.__name__)
def test_a_twin_belongs_to_something_that_makes_requests(owner):
    found = functions_of(owner)
    for name in (name for name, one in found.items() if is_twin(one)):
        assert MAKES_REQUESTS.search(found[name[1:]].__doc__), f"{name} is a twin of what says that it makes no request"


@pytest.mark.parametrize("owner", [Client, Model, Session], ids=lambda owner: owner.__name__)
def test_every_method_says_how_many_requests_it_makes(owner):
    for name, function in functions_of(owner).items():
        assert SPEAKS_OF_REQUESTS.search(function.__doc__), f"{owner.__name__}.{name}() does not say it"


def test_the_list_is_found():
    found = {param.id for param in that_make_requests()}
    for known in (
        "QuerySet.get QuerySet.count QuerySet.iterator QuerySet.bulk_create QuerySet.create QuerySet.values "
        "QuerySet.to_pandas QuerySet.delete Model.save Model.delete Model.refresh Model.load Model.bind Session.commit "
        "Session.flush Session.get Client.list_records Client.create_field Client.schema softrorm.create_tables"
    ).split():
        assert known in found


@pytest.mark.parametrize(("owner", "name"), BY_SYNTAX, ids=lambda one: getattr(one, "__name__", one))
def test_what_python_calls_by_its_syntax_has_a_twin_too(owner, name):
    assert is_twin(getattr(owner, name))


class Repository:
    """Stands in for whatever has methods that make requests."""

    def __init__(self, client):
        self._calls = client._calls

    def find(self, *words, limit=1):
        """Finds something. Makes one request."""
        return [self.spell(word) for word in words][:limit]

    afind = twin(find)

    def spell(self, word):
        return word.upper()

    def each(self, word, *, chunk_size=None):
        """Spells something. Makes one request."""
        yield from self.spell(word)

    aeach = stream(each)


class Reversing(Repository):
    def find(self, *words, limit=1):
        return super().find(*words[::-1], limit=limit)


def test_a_twin_runs_the_method_that_its_object_has(client):
    assert asyncio.run(Repository(client).afind("a", "b")) == ["A"]
    assert asyncio.run(Reversing(client).afind("a", "b", limit=2)) == ["B", "A"]


def test_a_stream_yields_what_its_method_yields(client):
    async def spelled(**options):
        return [letter async for letter in Repository(client).aeach("word", **options)]

    assert asyncio.run(spelled()) == ["W", "O", "R", "D"]
    assert asyncio.run(spelled(chunk_size=3)) == ["W", "O", "R", "D"]


def test_a_twin_says_whose_it_is():
    assert Repository.afind.__qualname__ == "Repository.afind"
    assert Repository.afind.__doc__ == "``find()`` for async code. Finds something. Makes one request."
