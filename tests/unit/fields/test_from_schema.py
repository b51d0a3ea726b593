"""``from_schema`` makes the field that a table's schema describes."""

import pytest

from softrorm import ConfigurationError, InvalidValue, Model, fields
from softrorm.client.resources import TableField


def schema(type, **more):
    return {"id": "fffff", "name": "Cell", "type": type, "options": {}, **more}


def model_with(field):
    class Thing(Model):
        cell = field
        other = fields.Number("Other")

        class Meta:
            database = "6f3c2a10-0000-4222-8333-444455556666"
            table = "ScheTable00001"

    return Thing


def test_the_resource_and_its_json_make_the_same_field():
    wire = schema("NUMBER", options={"precision": 2, "min": 0, "max": 9}, description="How many")
    for source in (wire, TableField.model_validate(wire)):
        made = fields.from_schema(source)
        assert (type(made), made.id, made.name, made.description) == (fields.Number, "fffff", "Cell", "How many")
        assert (made.precision, made.min, made.max) == (2, 0, 9)


def test_bounds_that_nobody_touched_bound_nothing():
    made = fields.from_schema(schema("NUMBER", options={"min": -2147483648, "max": -2147483648}))
    assert model_with(made)(cell=-(10**9)).cell == -(10**9)


def test_options_stay_as_they_came():
    options = {"min": 0, "prefix": "x", "unheardOf": [1]}
    assert fields.from_schema(schema("NUMBER", options=options)).schema_options() == options


def test_a_required_field_with_a_default_may_be_left_to_the_service():
    choices = {"choices": [{"id": "u1", "label": "Open"}]}
    filled = schema("SELECT", options=choices, required=True, defaultValue={"id": "u1", "label": "Open"})
    made = fields.from_schema(filled)
    assert (made.required, made.default) == (True, "Open")
    with pytest.raises(ConfigurationError, match="SOFTR_API_KEY"):  # all that is missing is a client
        model_with(made)(other=5).save()
    bare = fields.from_schema(schema("SELECT", options=choices, required=True))
    with pytest.raises(InvalidValue, match=r"^Thing\.cell is required; give it a value before saving\.$"):
        model_with(bare)(other=5).save()


def test_choices_of_the_schema_are_the_only_ones_unless_new_ones_are_allowed():
    options = {"choices": [{"id": "u1", "label": "Open", "color": "#fff"}]}
    assert model_with(fields.from_schema(schema("SELECT", options=options)))(cell="Open").cell.color == "#fff"
    with pytest.raises(InvalidValue, match="takes one of 'Open'"):
        model_with(fields.from_schema(schema("SELECT", options=options)))(cell="Done")
    open_ended = fields.from_schema(schema("SELECT", options={**options, "allowToAddNewChoice": True}))
    assert model_with(open_ended)(cell="Done").to_wire() == {"fffff": "Done"}


@pytest.mark.parametrize("readonly", [True, False])
def test_a_type_nobody_knows_is_raw_and_as_writable_as_the_schema_says(readonly):
    made = fields.from_schema(schema("HOLOGRAM", readonly=readonly))
    assert (type(made), made.api_type, made.writable) == (fields.Raw, "HOLOGRAM", not readonly)


def test_models_that_inherit_a_computed_field_have_each_their_own_result_type():
    class Base(Model):
        total = fields.Formula("Total", returns=fields.Number())

        class Meta:
            abstract = True

    class One(Base):
        pass

    class Two(Base):
        pass

    assert (One.total.returns.label, Two.total.returns.label) == ("One.total", "Two.total")
