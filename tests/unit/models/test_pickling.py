"""Records pickle without their client and read the same afterwards, however their fields are declared."""

import pickle

from softrorm import Model, fields
from softrorm.schema import create_tables


class Parcel(Model):
    """A table known by names alone."""

    sender = fields.SingleLineText(required=True)
    weight = fields.Number()


def test_a_record_of_a_model_declared_by_names_reads_and_compares_the_same_after_pickling(client):
    create_tables(client, [Parcel])
    parcel = Parcel.objects.create(sender="Ada", weight=2)
    parcel.weight = 3

    copy = pickle.loads(pickle.dumps(parcel))

    assert copy == parcel
    assert (copy.sender, copy.weight, copy.dirty_fields) == ("Ada", 3, {"weight": 3})


def test_an_unpickled_record_saves_what_was_changed_before_and_after(client, sandbox):
    create_tables(client, [Parcel])
    parcel = pickle.loads(pickle.dumps(Parcel.objects.create(sender="Ada", weight=2)))
    parcel.weight = 5

    parcel.save()

    assert list(sandbox.requests[-1].body["fields"].values()) == [5]
    assert Parcel.objects.get(sender="Ada").weight == 5


def test_a_pickled_record_holds_no_client(client):
    create_tables(client, [Parcel])
    parcel = Parcel.objects.create(sender="Ada")
    assert b"Client" not in pickle.dumps(parcel)
