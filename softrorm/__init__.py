"""softrorm: the object mapper for Softr Databases.

This module is the public face: what users import, and nothing else. All but the errors is imported when it is first
asked for: models load no network library, and the command line answers ``--help`` without models.
"""

from typing import TYPE_CHECKING, Any

from softrorm._version import __version__
from softrorm.client.errors import (
    AmbiguousWrite,
    APIError,
    BadRequest,
    ConfigurationError,
    ConstraintViolation,
    DeadlineExceeded,
    DoesNotExist,
    DriftError,
    DriftWarning,
    FilterIgnored,
    Forbidden,
    InvalidQuery,
    InvalidState,
    InvalidValue,
    LazyLoadRefused,
    MultipleObjectsReturned,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    RateLimited,
    ReadOnlyField,
    ServiceUnavailable,
    SoftrError,
    TransportError,
    Unauthorized,
    UnknownField,
    ValidationFailed,
)

if TYPE_CHECKING:
    from softrorm import fields as fields
    from softrorm.client.cache import Cache as Cache
    from softrorm.client.capture import capture as capture
    from softrorm.client.client import Client as Client
    from softrorm.client.default import configure as configure
    from softrorm.client.dialect import Dialect as Dialect
    from softrorm.fields import Choice as Choice
    from softrorm.fields import DateSpan as DateSpan
    from softrorm.fields import File as File
    from softrorm.fields import Person as Person
    from softrorm.models import Model as Model
    from softrorm.models import TypedModel as TypedModel
    from softrorm.models.bulk import BulkError as BulkError
    from softrorm.models.bulk import BulkReport as BulkReport
    from softrorm.models.bulk import JournalError as JournalError
    from softrorm.models.prefetching import aprefetch as aprefetch
    from softrorm.models.prefetching import prefetch as prefetch
    from softrorm.query import Q as Q
    from softrorm.query import QuerySet as QuerySet
    from softrorm.query import RelativeDate as RelativeDate
    from softrorm.query import past as past
    from softrorm.query import this as this
    from softrorm.query import today as today
    from softrorm.query import tomorrow as tomorrow
    from softrorm.query import upcoming as upcoming
    from softrorm.query import yesterday as yesterday
    from softrorm.query.aggregates import Avg as Avg
    from softrorm.query.aggregates import Count as Count
    from softrorm.query.aggregates import Max as Max
    from softrorm.query.aggregates import Min as Min
    from softrorm.query.aggregates import Sum as Sum
    from softrorm.query.changes import Change as Change
    from softrorm.query.changes import Checkpoint as Checkpoint
    from softrorm.schema.create import acreate_tables as acreate_tables
    from softrorm.schema.create import create_tables as create_tables
    from softrorm.session import CommitError as CommitError
    from softrorm.session import CommitReport as CommitReport
    from softrorm.session import Conflict as Conflict
    from softrorm.session import Session as Session

_LAZY = {
    "Choice": "softrorm.fields",
    "DateSpan": "softrorm.fields",
    "File": "softrorm.fields",
    "Person": "softrorm.fields",
    "Model": "softrorm.models",
    "TypedModel": "softrorm.models",
    "Q": "softrorm.query",
    "QuerySet": "softrorm.query",
    "RelativeDate": "softrorm.query",
    "past": "softrorm.query",
    "this": "softrorm.query",
    "today": "softrorm.query",
    "tomorrow": "softrorm.query",
    "upcoming": "softrorm.query",
    "yesterday": "softrorm.query",
    "Avg": "softrorm.query.aggregates",
    "Count": "softrorm.query.aggregates",
    "Max": "softrorm.query.aggregates",
    "Min": "softrorm.query.aggregates",
    "Sum": "softrorm.query.aggregates",
    "BulkError": "softrorm.models.bulk",
    "BulkReport": "softrorm.models.bulk",
    "JournalError": "softrorm.models.bulk",
    "Cache": "softrorm.client.cache",
    "Change": "softrorm.query.changes",
    "Checkpoint": "softrorm.query.changes",
    "Client": "softrorm.client.client",
    "CommitError": "softrorm.session",
    "CommitReport": "softrorm.session",
    "Conflict": "softrorm.session",
    "Dialect": "softrorm.client.dialect",
    "Session": "softrorm.session",
    "acreate_tables": "softrorm.schema.create",
    "aprefetch": "softrorm.models.prefetching",
    "capture": "softrorm.client.capture",
    "configure": "softrorm.client.default",
    "create_tables": "softrorm.schema.create",
    "prefetch": "softrorm.models.prefetching",
}


if not TYPE_CHECKING:  # a checker would take it to mean that any name may be imported

    def __getattr__(name: str) -> Any:
        from importlib import import_module

        if name == "fields":
            return import_module("softrorm.fields")
        if name in _LAZY:
            value = globals()[name] = getattr(import_module(_LAZY[name]), name)
            return value
        raise AttributeError(f"module 'softrorm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, "fields"})


__all__ = [
    "APIError",
    "AmbiguousWrite",
    "Avg",
    "BadRequest",
    "BulkError",
    "BulkReport",
    "Cache",
    "Change",
    "Checkpoint",
    "Choice",
    "Client",
    "CommitError",
    "CommitReport",
    "ConfigurationError",
    "Conflict",
    "ConstraintViolation",
    "Count",
    "DateSpan",
    "DeadlineExceeded",
    "Dialect",
    "DoesNotExist",
    "DriftError",
    "DriftWarning",
    "File",
    "FilterIgnored",
    "Forbidden",
    "InvalidQuery",
    "InvalidState",
    "InvalidValue",
    "JournalError",
    "LazyLoadRefused",
    "Max",
    "Min",
    "Model",
    "MultipleObjectsReturned",
    "NotFound",
    "PayloadTooLarge",
    "Person",
    "Q",
    "QuerySet",
    "QuotaExceeded",
    "RateLimited",
    "ReadOnlyField",
    "RelativeDate",
    "ServiceUnavailable",
    "Session",
    "SoftrError",
    "Sum",
    "TransportError",
    "TypedModel",
    "Unauthorized",
    "UnknownField",
    "ValidationFailed",
    "__version__",
    "acreate_tables",
    "aprefetch",
    "capture",
    "configure",
    "create_tables",
    "fields",
    "past",
    "prefetch",
    "this",
    "today",
    "tomorrow",
    "upcoming",
    "yesterday",
]
