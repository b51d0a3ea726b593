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
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, multiple, precondition, rule

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

    teams = Bundle("teams")
    items = Bundle("items")

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

    @initialize(target=teams)
    def begin_with_teams(self):
        return multiple(*(self.add(Team, f"t{next(self.numbers)}", size=1, tags=[]) for _ in range(2)))

    @initialize(target=items)
    def begin_with_items(self):
        return multiple(*(self.add(Item, f"i{next(self.numbers)}", size=1, tags=["a"]) for _ in range(3)))

    def open(self):
        self.objects.clear()
        clock = self.clock
        client = Client(self.service, clock=clock, sleep=clock.advance, deadline=3, max_workers=4, rates=(1e6, 1e6))
        for model in (Team, Item):
            model.bind(client, database=self.database)
        self.session = Session(client, sleep=self.clock.advance, pause=1, **self.options)

    # --- making and editing ---------------------------------------------------------------------

    def few(self):
        """Few objects meet each other often."""
        return len(self.objects) < 6

    @precondition(few)
    @rule(target=teams, size=sizes)
    def add_team(self, size):
        return self.add(Team, f"t{next(self.numbers)}", size=size, tags=[])

    @precondition(few)
    @rule(target=items, size=sizes, tag=tags)
    def add_item(self, size, tag):
        return self.add(Item, f"i{next(self.numbers)}", size=size, tags=[tag])

    def add(self, model, key, **values):
        self.objects[key] = model(key=key, **values)
        self.session.add(self.objects[key])
        self.wanted[key] = dict(values)
        if model is Item:
            self.wanted[key] |= {"parent": None, "owner": None, "watchers": []}
        return key

    def there(self, *keys):
        """Whether the program still has these objects."""
        return all(key in self.objects for key in keys)

    @rule(key=st.one_of(teams, items), size=st.one_of(st.none(), sizes))
    def edit(self, key, size):
        if self.there(key):
            self.objects[key].size = self.wanted[key]["size"] = size

    @rule(key=st.one_of(teams, items), tag=tags)
    def edit_in_place(self, key, tag):
        if not self.there(key):
            return
        held, wanted = self.objects[key].tags, self.wanted[key]["tags"]
        if tag in wanted:
            held.remove(tag)
            wanted.remove(tag)
        else:
            held.append(tag)
            wanted.append(tag)
            wanted.sort()

    @rule(key=items, parent=st.one_of(st.none(), items))
    def link_parent(self, key, parent):
        if self.there(key) and (parent is None or self.there(parent)):
            self.objects[key].parent = self.objects[parent] if parent else None
            self.wanted[key]["parent"] = parent

    @rule(key=items, team=st.one_of(st.none(), teams))
    def link_owner(self, key, team):
        if self.there(key) and (team is None or self.there(team)):
            for other in self.objects.values():
                # Two sides that contradict each other would have no right outcome.
                if isinstance(other, Team) and "owned" in other.dirty_fields and self.objects[key] in other.owned:
                    other.owned.remove(self.objects[key])
            self.objects[key].owner = self.objects[team] if team else None
            self.wanted[key]["owner"] = team

    @rule(key=items, team=teams)
    def link_owner_from_the_other_side(self, key, team):
        """Put an item into a team's list; an item that says in memory that it has an owner is asked first."""
        if not self.there(key, team):
            return
        item, owned = self.objects[key], self.objects[team].owned
        if self.wanted[key]["owner"] == team:
            if "owner" not in item.dirty_fields and item in owned:
                owned.remove(item)
                self.wanted[key]["owner"] = None
        elif self.wanted[key]["owner"] is None and "owner" not in item.dirty_fields and item not in owned:
            owned.append(item)
            self.wanted[key]["owner"] = team

    @rule(key=items, team=teams, other_side=st.booleans())
    def link_watcher(self, key, team, other_side):
        if not self.there(key, team):
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

    @rule(key=st.one_of(consumes(teams), consumes(items)))
    def delete(self, key):
        if not self.there(key) or self.session.state(self.objects[key]) is State.UNKNOWN:
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
                assert (one.owner and one.owner.key) == self.wanted[key]["owner"]
        assert self.session.commit().counts == {}
        self.sandbox.close()


TestSessionsUnderFaults = Faulty.TestCase
# A program is worth more than a tree or a record; the nightly profile asks for 2,000 of all.
TestSessionsUnderFaults.settings = settings(max_examples=max(100, settings().max_examples))
