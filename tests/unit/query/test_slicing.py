"""A slice of a query is the slice of its list, however often it is sliced, read before or not."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

slices = st.builds(slice, st.none() | st.integers(0, 15), st.none() | st.integers(0, 15))


@given(cuts=st.lists(slices, min_size=1, max_size=3), read_first=st.booleans())
@settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_slicing_a_query_is_slicing_its_list(world, cuts, read_first):
    if not world.Task.objects.count():
        world.fill(12)
    query, expected = world.Task.objects.order_by("qty"), list(range(12))
    if read_first:
        list(query)
    for cut in cuts:
        query, expected = query[cut], expected[cut]
    assert query.count() == len(expected)
    assert [task.qty for task in query] == expected
    for position, qty in enumerate(expected[:2]):
        assert query[position].qty == qty
