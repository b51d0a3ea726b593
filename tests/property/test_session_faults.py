"""Sessions against a service that fails at random: nothing is lost, nothing is doubled, and the session stays true.

Random programs add, edit (also in place), link, delete, commit, roll back and restart, while requests are delayed,
reset, refused, answered with errors or with half an answer, or done and never answered. A model in this file, a plain
dict for each record, says what should be there. Once the faults stop and a commit succeeds, the sandbox holds exactly
that.
"""

import itertools
from collections import Counter
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from softrorm import Client, CommitError, Model, Session, fields
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.sandbox.faults import Faults
from softrorm.schema import create_tables
from softrorm.session import State


class Team(Model):
    key = fields.SingleLineText(required=True)
    size = fields.Number()
    tags = fields.MultiSelect(choices=["a", "b", "c"])
    owned = fields.LinkedRecords(to="Item", inverse="owner")
    watched = fields.LinkedRecords(to="Item", inverse="watchers")

    class Meta:
        natural_key = "key"


class Item(Model):
    key = fields.SingleLineText(required=True)
    size = fields.Number()
    tags = fields.MultiSelect(choices=["a", "b", "c"])
    parent = fields.LinkedRecord(to="self")
    owner = fields.LinkedRecord(to=Team)
    watchers = fields.LinkedRecords(to=Team)

    class Meta:
        natural_key = "key"


FAULTS = {
    "delay": {"seconds": 0.5},
    "reset_before": {},
    "reset_after": {},
    "lost_answer": {},
    "truncated": {},
    "not_json": {},
    "rate_limited": {"retry_after": 0},
    "server_error": {"status": 503},
    "bad_gateway": {"status": 502, "done": True},
    "gateway_timeout": {"status": 504, "later": 0.1},
}
KINDS = {"bad_gateway": "server_error", "gateway_timeout": "server_error"}
sizes = st.integers(0, 3)
places = st.integers(0, 5)
tags = st.sampled_from("abc")


class Service:
    """A sandbox behind faults, which strike while it is told to let them: here, while a commit runs."""

    def __init__(self, sandbox, clock):
        self.sandbox = sandbox
        self.faults = Faults(clock, clock.advance)
        self.calm = True

    def handle(self, method, path, query, headers, body):
        work = partial(self.sandbox.handle, method, path, query, headers, body)
        if self.calm:
            return work()
        return self.faults.around(method, path, work, work)


class Stored:
    """What the sandbox holds."""

    def __init__(self, sandbox, database):
        self._client = sandbox.client()
        for model in (Team, Item):
            model.bind(self._client, database=database)

    def read(self):
        """The records by key; links as the keys of the records that are there."""
        records = [(model, one) for model in (Team, Item) for one in model.objects.using(self._client).all()]
        keys = {one.id: one.key for _, one in records}
        assert len(set(keys.values())) == len(keys), f"doubled: {Counter(keys.values()).most_common(1)}"
        return {one.key: self._plain(model, one, keys) for model, one in records}

    @staticmethod
    def _plain(model, one, keys):
        plain = {"size": one.size, "tags": sorted(map(str, one.tags))}
        if model is Item:
            # A link to a record that was deleted stays on the service (wire-facts 6), and is no link to the model.
            plain["parent"] = keys.get(one.parent.id) if one.parent else None
            plain["owner"] = keys.get(one.owner.id) if one.owner else None
            plain["watchers"] = sorted(keys[team.id] for team in one.watchers if team.id in keys)
        return plain


class Faulty(RuleBasedStateMachine):
    """A random program. Objects are named by key, so that a restart can find them again."""

    def __init__(self):
        super().__init__()
        self.clock = FakeClock()
        self.sandbox = Sandbox(clock=self.clock, log_limit=0)
        self.service = Service(self.sandbox, self.clock)
        quiet = self.sandbox.client()
        self.database = create_tables(quiet, [Team, Item], workspace=self.sandbox.workspace_id)
        self.stored = Stored(self.sandbox, self.database)
        self.numbers = itertools.count()
        self.wanted = {}
        self.objects = {}
        self.options = {}
        self.open()

    @initialize(workers=st.sampled_from([1, 1, 4]), on_error=st.sampled_from(["stop", "continue"]))
    def begin(self, workers, on_error):
        self.options |= {"workers": workers, "on_error": on_error}
        added = dict(self.objects)
        self.open()
        self.session.add_all(added.values())
        self.objects |= added

    @initialize()
    def begin_with_a_few(self):
        for _ in range(2):
            self.add(Team, size=1, tags=[])
        for _ in range(3):
            self.add(Item, size=1, tags=["a"])

    def open(self):
        self.objects.clear()
        clock = self.clock
        client = Client(self.service, clock=clock, sleep=clock.advance, deadline=3, max_workers=4, rates=(1e6, 1e6))
        for model in (Team, Item):
            model.bind(client, database=self.database)
        self.session = Session(client, sleep=self.clock.advance, pause=1, **self.options)

    def few(self):
        """Few objects meet each other often."""
        return len(self.objects) < 7

    @precondition(few)
    @rule(size=sizes)
    def add_team(self, size):
        self.add(Team, size=size, tags=[])

    @precondition(few)
    @rule(size=sizes, tag=tags, owner=st.one_of(st.none(), places))
    def add_item(self, size, tag, owner):
        key = self.add(Item, size=size, tags=[tag])
        if (team := self.one(Team, owner)) is not None:
            self.objects[key].owner = self.objects[team]
            self.wanted[key]["owner"] = team

    def add(self, model, **values):
        key = f"{model.__name__} {next(self.numbers)}"
        self.objects[key] = model(key=key, **values)
        self.session.add(self.objects[key])
        self.wanted[key] = dict(values)
        if model is Item:
            self.wanted[key] |= {"parent": None, "owner": None, "watchers": []}
        return key

    def one(self, model, place):
        """The key of one of the objects that there are, if there is any."""
        keys = [key for key, one in self.objects.items() if isinstance(one, model)]
        return keys[place % len(keys)] if keys and place is not None else None

    @rule(model=st.sampled_from([Team, Item]), place=places, size=st.one_of(st.none(), sizes))
    def edit(self, model, place, size):
        if (key := self.one(model, place)) is not None:
            self.objects[key].size = self.wanted[key]["size"] = size

    @rule(model=st.sampled_from([Team, Item]), place=places, tag=tags)
    def edit_in_place(self, model, place, tag):
        if (key := self.one(model, place)) is None:
            return
        held, wanted = self.objects[key].tags, self.wanted[key]["tags"]
        if tag in wanted:
            held.remove(tag)
            wanted.remove(tag)
        else:
            held.append(tag)
            wanted.append(tag)
            wanted.sort()

    @rule(place=places, parent=st.one_of(st.none(), places))
    def link_parent(self, place, parent):
        if (key := self.one(Item, place)) is not None:
            parent = self.one(Item, parent)
            self.objects[key].parent = self.objects[parent] if parent else None
            self.wanted[key]["parent"] = parent

    @rule(place=places, team=st.one_of(st.none(), places))
    def link_owner(self, place, team):
        if (key := self.one(Item, place)) is None:
            return
        team = self.one(Team, team)
        for other in self.objects.values():
            # Two sides that contradict each other would have no right outcome.
            if isinstance(other, Team) and "owned" in other.dirty_fields and self.objects[key] in other.owned:
                other.owned.remove(self.objects[key])
        if team and self.objects[key].owner is self.objects[team] and self.objects[key] not in self.objects[team].owned:
            self.objects[team].owned.append(self.objects[key])
        self.objects[key].owner = self.objects[team] if team else None
        self.wanted[key]["owner"] = team

    @rule(place=places, team=places)
    def link_owner_from_the_other_side(self, place, team):
        key, team = self.one(Item, place), self.one(Team, team)
        if key is None or team is None or "owner" in self.objects[key].dirty_fields:
            return
        item, owned = self.objects[key], self.objects[team].owned
        if self.wanted[key]["owner"] == team and item in owned:
            owned.remove(item)
            self.wanted[key]["owner"] = None
        elif self.wanted[key]["owner"] is None and item not in owned:
            owned.append(item)
            self.wanted[key]["owner"] = team

    @rule(place=places, team=places, other_side=st.booleans())
    def link_watcher(self, place, team, other_side):
        key, team = self.one(Item, place), self.one(Team, team)
        if key is None or team is None:
            return
        item, group = self.objects[key], self.objects[team]
        held, other = (group.watched, item) if other_side else (item.watchers, group)
        wanted = self.wanted[key]["watchers"]
        if team in wanted and other in held:
            held.remove(other)
            wanted.remove(team)
        elif team not in wanted and other not in held:
            held.append(other)
            wanted.append(team)
            wanted.sort()

    @rule(model=st.sampled_from([Team, Item]), place=places)
    def delete(self, model, place):
        key = self.one(model, place)
        if key is None or self.session.state(self.objects[key]) is State.UNKNOWN:
            return
        self.unlink(key)
        gone = self.objects.pop(key)
        self.session.delete(gone)
        del self.wanted[key]

    def unlink(self, key):
        """Take out all links to an object, or new ones would bring it along again."""
        for name, values in self.wanted.items():
            one = self.objects[name]
            for attribute in ("parent", "owner"):
                if values.get(attribute) == key:
                    setattr(one, attribute, None)
                    values[attribute] = None
            if key in values.get("watchers", ()):
                values["watchers"].remove(key)
                if self.objects[key] in one.watchers:
                    one.watchers.remove(self.objects[key])
            if isinstance(one, Team):
                for held in (one.owned, one.watched):
                    if self.objects[key] in held:
                        held.remove(self.objects[key])

    # --- what goes wrong ------------------------------------------------------------------------

    @rule(kind=st.sampled_from(sorted(FAULTS)), probability=st.sampled_from([0.1, 0.3, 0.8]), seed=st.integers(0, 99))
    def fail(self, kind, probability, seed):
        self.service.faults.add(
            KINDS.get(kind, kind), path="/records", probability=probability, seed=seed, **FAULTS[kind]
        )

    @rule()
    def recover(self):
        self.service.faults.clear()

    # --- sending --------------------------------------------------------------------------------

    @rule()
    def commit(self):
        self.service.calm = False
        try:
            self.session.commit()
        except CommitError:
            # Work that a gateway put off is done before the user can do anything else.
            self.clock.advance(1)
            self.service.faults.settle()
            self.stored.read()
        else:
            assert not self.session.dirty
            assert not self.session.pending
        finally:
            self.service.calm = True

    @rule()
    def roll_back(self):
        self.settle_then_forget(self.session.rollback)

    @rule()
    def restart(self):
        """The process dies: what it had not sent is gone, and all objects with it."""
        self.settle_then_forget(self.open)

    def settle_then_forget(self, forget):
        """What was sent may be there or not; from here on what is there is what is wanted."""
        self.clock.advance(1)
        self.service.faults.clear()
        kept = {key for key, one in self.objects.items() if self.session.state(one) is State.UNKNOWN}
        forget()
        if kept & self.objects.keys():
            self.session.flush()  # which finds out about them
        self.wanted = self.stored.read()
        for key in [key for key in self.objects if key not in self.wanted]:
            one = self.objects.pop(key)
            if one in self.session:
                self.session.expunge(one)
        self.reload()

    def reload(self):
        for model in (Team, Item):
            for one in self.session.query(model):
                self.objects.setdefault(one.key, one)
                assert self.objects[one.key] is one

    # --- what must hold in the end ---------------------------------------------------------------

    def teardown(self):
        self.service.faults.clear()
        self.clock.advance(1)
        self.service.faults.settle()
        self.session.commit()
        assert self.stored.read() == self.wanted
        # And the session shows the same.
        for key, one in self.objects.items():
            assert self.session.state(one) is State.PERSISTENT
            assert one.size == self.wanted[key]["size"]
            assert sorted(map(str, one.tags)) == self.wanted[key]["tags"]
            if isinstance(one, Item):
                owner = one.owner if one.owner and not one.owner.is_dangling else None
                assert (owner and owner.key) == self.wanted[key]["owner"]
        assert self.session.commit().counts == {}
        self.sandbox.close()


TestSessionsUnderFaults = Faulty.TestCase
# A program is worth more than a tree or a record; the nightly profile asks for 2,000 of all.
TestSessionsUnderFaults.settings = settings(max_examples=max(100, settings().max_examples))
