"""The public face: these names and no others, and importing them stays cheap."""

import subprocess
import sys

import pytest

import softrorm

NAMES = """
    APIError AmbiguousWrite Avg BadRequest BulkError BulkReport Cache Change Checkpoint Choice Client CommitError
    CommitReport ConfigurationError Conflict ConstraintViolation Count DateSpan DeadlineExceeded Dialect
    DoesNotExist DriftError DriftWarning File FilterIgnored Forbidden InvalidQuery InvalidState InvalidValue
    JournalError LazyLoadRefused Max Min Model MultipleObjectsReturned NotFound PayloadTooLarge Person Q QuerySet
    QuotaExceeded RateLimited ReadOnlyField RelativeDate ServiceUnavailable Session SoftrError Sum TransportError
    TypedModel Unauthorized UnknownField ValidationFailed __version__ acreate_tables aprefetch capture configure
    create_tables fields past prefetch this today tomorrow upcoming yesterday
""".split()
FIELDS = """
    Address Attachment Autonumber Button Checkbox Choice Choices Count CreatedAt CreatedBy Currency Date DateRange
    DateSpan DateTime Duration Email Field File Formula LinkedRecord LinkedRecords LongText Lookup MultiSelect Number
    Percent Person Phone Progress Rating Raw RecordId Rollup Select SingleLineText Time UpdatedAt UpdatedBy Url User
    from_schema
""".split()
HEAVY = "requests urllib3 pydantic cachetools dateutil redis sqlite3 http.server asyncio rich click".split()
SLOW = "concurrent.futures dataclasses inspect json logging".split()


def loaded_after(code, names=HEAVY):
    probe = f"import sys\n{code}\nprint(*[name for name in {names} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True).stdout.split()


def test_the_public_names_are_these():
    assert sorted(softrorm.__all__) == sorted(NAMES)
    assert sorted(softrorm.fields.__all__) == sorted(FIELDS)


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_can_be_imported(name):
    assert getattr(softrorm, name) is not None
    assert name in dir(softrorm)


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_type_can_be_imported(name):
    assert getattr(softrorm.fields, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'softrorm' has no attribute 'Cleint'"):
        softrorm.Cleint  # noqa: B018


def test_defining_a_model_loads_nothing_slow_either():
    code = "from softrorm import Model, fields\nclass Task(Model):\n    title = fields.SingleLineText()"
    assert loaded_after(code, [*HEAVY, *SLOW]) == []


def test_importing_softrorm_and_using_models_off_line_loads_no_heavy_library():
    code = """
from datetime import datetime, timezone
import softrorm
from softrorm import Model, Q, fields, today
class Task(Model):
    title = fields.SingleLineText("Title")
    due = fields.DateTime("Due00")
    parent = fields.LinkedRecord("Paren", to="self")
    class Meta:
        database = "d"
        table = "t"
Task.objects.filter(~Q(title="x"), due__lt=today()).order_by("-due").explain()
task = Task.from_record({"id": "r", "fields": {"Title": "x", "Due00": "2026-01-01T00:00:00.000Z", "Paren": None}})
task.title, task.due = "y", datetime.now(timezone.utc)
task.to_wire()
"""
    assert loaded_after(code) == []


def test_everything_typed_is_marked_so():
    from importlib.resources import files

    assert files("softrorm").joinpath("py.typed").is_file()
