"""Random models with random links, self links and cycles among them: whatever graph of new records a session is given,
the service holds exactly that graph in the end, also when it fails at random meanwhile."""

import contextlib
import itertools

from hypothesis import given
from hypothesis import strategies as st

from softrorm import CommitError, Model, Session, create_tables, fields
from softrorm.sandbox import FakeClock, Sandbox

KINDS = ("reset_before", "lost_answer", "truncated", "not_json", "rate_limited", "server_error")
numbers = itertools.count()


@st.composite
def graphs(draw):
    """Links between models, as (from, to, several), and records with what each of their links holds."""
    models = draw(st.integers(1, 3))
    one_of = st.integers(0, models - 1)
    links = draw(st.lists(st.tuples(one_of, one_of, st.booleans()), min_size=1, max_size=4))
    kinds = draw(st.lists(one_of, min_size=1, max_size=6))
    records = []
    for kind in kinds:
        held = {}
        for number, (source, target, several) in enumerate(links):
            candidates = [at for at, other in enumerate(kinds) if other == target]
            if source == kind and candidates:
                most = 3 if several else 1
                held[number] = draw(st.lists(st.sampled_from(candidates), max_size=most, unique=True))
        records.append((kind, held))
    return models, links, records


def declared(count, links):
    """The models: a key, and a field for each link."""
    mark = next(numbers)
    built = []
    for kind in range(count):
        body = {"key": fields.SingleLineText(required=True), "Meta": type("Meta", (), {"natural_key": "key"})}
        for number, (source, target, several) in enumerate(links):
            if source == kind:
                link = fields.LinkedRecords if several else fields.LinkedRecord
                body[f"link{number}"] = link(to=f"Shape{mark}x{target}")
        built.append(type(f"Shape{mark}x{kind}", (Model,), {**body, "__module__": __name__}))
    return built


@given(graph=graphs(), kinds=st.lists(st.sampled_from(KINDS), max_size=3, unique=True), seed=st.integers(0, 1000))
def test_any_graph_of_new_records_is_stored_as_it_is(graph, kinds, seed):
    count, links, records = graph
    clock = FakeClock()
    with Sandbox(clock=clock, sleep=clock.advance) as sandbox:
        client = sandbox.client(clock=clock, sleep=clock.advance, deadline=20.0)
        models = declared(count, links)
        create_tables(client, models, database_name="Shapes")
        objects = [models[kind](key=f"k{at}") for at, (kind, _) in enumerate(records)]
        for one, (_, held) in zip(objects, records, strict=True):
            for number, at in held.items():
                others = [objects[index] for index in at]
                setattr(one, f"link{number}", others if links[number][2] else next(iter(others), None))
        session = Session(client, sleep=clock.advance, workers=2)
        session.add_all(objects)
        for kind in kinds:
            sandbox.faults.add(kind, probability=0.3, seed=seed)
        for _ in range(3):
            with contextlib.suppress(CommitError):
                session.commit(on_error="continue")
        sandbox.faults.clear()
        sandbox.faults.settle()
        session.commit()
        assert session.commit().counts == {}
        stored = {one.key: one for model in models for one in model.objects.using(client).iterator()}
        assert sum(model.objects.using(client).count() for model in models) == len(stored) == len(records)
        for at, (_, held) in enumerate(records):
            for number, indices in held.items():
                value = getattr(stored[f"k{at}"], f"link{number}")
                found = value if isinstance(value, list) else [value] if value else []
                assert [other.id for other in found] == [objects[index].id for index in indices]
