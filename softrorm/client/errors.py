"""Every error that softrorm raises on purpose.

::

    SoftrError
    ├── APIError                        the service answered with an error
    │   ├── BadRequest                  400 BAD_REQUEST                     (ValueError)
    │   │   ├── ValidationFailed        400 VALIDATION_ERROR
    │   │   └── UnknownField            400 UNKNOWN_FIELD                   (KeyError)
    │   ├── Unauthorized                401 UNAUTHORIZED                    (PermissionError)
    │   ├── QuotaExceeded               402 QUOTA_EXCEEDED
    │   ├── Forbidden                   403 FORBIDDEN                       (PermissionError)
    │   ├── NotFound                    404 RESOURCE_NOT_FOUND              (LookupError)
    │   ├── ConstraintViolation         409 CONSTRAINT_VIOLATION
    │   ├── PayloadTooLarge             413 PAYLOAD_TOO_LARGE
    │   ├── RateLimited                 429 TOO_MANY_REQUESTS
    │   └── ServiceUnavailable          503 SERVICE_UNAVAILABLE, 502, 504   (ConnectionError)
    ├── TransportError                  no answer, or none that could be read   (ConnectionError)
    │   ├── DeadlineExceeded            the call's total deadline passed    (TimeoutError)
    │   └── AmbiguousWrite              a create whose answer was lost
    ├── ConfigurationError              no client, no key, an address that will not do
    ├── InvalidQuery                    a filter or order that cannot work  (ValueError)
    │   └── InvalidExpression           a filter as text that cannot (softrorm.query.language)
    ├── InvalidValue                    a value that its field cannot hold  (ValueError, TypeError)
    │   └── ReadOnlyField               an assignment to a computed field   (AttributeError)
    ├── InvalidState                    a move that an object of a session cannot make  (ValueError)
    ├── LazyLoadRefused                 a link to be loaded in a running event loop  (RuntimeError)
    ├── CommitError                     a commit could not do everything (softrorm.session)
    ├── BulkError                       a bulk write stopped at a row (softrorm.models.bulk)
    ├── JournalError                    a journal that does not fit the job (softrorm.models.bulk)  (ValueError)
    ├── Conflict                        somebody else changed what was to be written (softrorm.session)
    ├── DoesNotExist                    no such record; every model has its own  (LookupError)
    ├── MultipleObjectsReturned         more than the one asked for; every model has its own  (LookupError)
    ├── FilterIgnored                   the service answered rows that the filter excludes
    └── DriftError                      records moved while they were read page by page

    DriftWarning                        the same, where reading goes on  (UserWarning)
"""

from __future__ import annotations

from typing import Any


class SoftrError(Exception):
    """The root of every error that softrorm raises on purpose."""


class APIError(SoftrError):
    """The service answered with an error.

    Attributes:
        status: The HTTP status.
        code: The service's ``errorCode``, or ``None`` where the answer had none.
        message: The service's own words.
        details: The service's ``details``, ``{}`` where there are none.
        method: The HTTP method of the request.
        path: The path of the request below the base address.
        attempts: How often the request was sent.
        trace_id: ``details.traceId``, to quote to Softr's support, or ``None``.
        attribute: The model's attribute that the service complains of, such as ``Task.due``, where a model asked.
    """

    attribute: str | None = None
    hint = ""
    """What the user can do about it; each kind has its own."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        details: dict[str, Any] | None = None,
        method: str = "",
        path: str = "",
        attempts: int = 1,
    ) -> None:
        self.message = message
        self.status = status
        self.code = code
        self.details = details or {}
        self.method = method
        self.path = path
        self.attempts = attempts
        super().__init__(message)

    @property
    def trace_id(self) -> str | None:
        """The service's trace id of the failed request, where it gave one."""
        return self.details.get("traceId")

    @property
    def field_id(self) -> str | None:
        """The field that the service complains of, where it named one."""
        return self.details.get("fieldId")

    def __str__(self) -> str:
        text = f"{self.method} {self.path} was answered {self.status} {self.code or '(no error code)'}: {self.message}"
        notes = [
            self.attempts > 1 and f"sent {self.attempts} times",
            self.field_id and f"field {self.field_id}{f', which is {self.attribute}' if self.attribute else ''}",
            self.trace_id and f"trace {self.trace_id}",
        ]
        if noted := ", ".join(note for note in notes if note):
            text += f" ({noted})"
        return f"{text}. {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[Any, ...]:
        # BaseException rebuilds from self.args alone, which would lose every keyword.
        return _rebuild, (type(self), self.__dict__.copy())


def _rebuild(kind: type[SoftrError], state: dict[str, Any]) -> SoftrError:
    error = kind.__new__(kind, state.get("message", ""))
    error.__dict__.update(state)
    return error


class BadRequest(APIError, ValueError):
    """400: the service could not make sense of the request."""


class ValidationFailed(BadRequest):
    """400 VALIDATION_ERROR: a value breaks a rule of its field."""

    hint = "Compare the value with the field's options (length, range, choices, required)."


class UnknownField(BadRequest, KeyError):
    """400 UNKNOWN_FIELD: the table has no such field."""

    hint = "The field may have been deleted or belong to another table; compare the model with the table's schema."
    __str__ = APIError.__str__  # KeyError's would show the repr of its argument


class Unauthorized(APIError, PermissionError):
    """401: the key is missing, wrong or revoked."""

    hint = "Check SOFTR_API_KEY, or the api_key given to Client() or configure()."
    __str__ = APIError.__str__


class QuotaExceeded(APIError):
    """402: the plan's allowance is used up."""

    hint = "The workspace's plan has no allowance left for this."


class Forbidden(APIError, PermissionError):
    """403: the key's owner may not do this."""

    hint = "The key has the rights of the account that made it; that account may not do this."
    __str__ = APIError.__str__


class NotFound(APIError, LookupError):
    """404: no such database, table, field, view or record."""


class ConstraintViolation(APIError):
    """409: the request conflicts with what is there."""


class PayloadTooLarge(APIError):
    """413: the body is over 64 MB; softrorm refuses to send such a body at all."""

    hint = "Split the write; files are sent by address, never in the body."


class RateLimited(APIError):
    """429, and the deadline passed before the service took the request.

    Attributes:
        retry_after: The seconds that the service asked to wait, where it did.
    """

    hint = "Others may be using this token; lower rates=(reads, writes) or raise deadline=."
    retry_after: float | None = None


class ServiceUnavailable(APIError, ConnectionError):
    """502, 503 or 504, and still so when the deadline passed."""

    __str__ = APIError.__str__


class TransportError(SoftrError, ConnectionError):
    """No answer came, or none that could be read.

    Attributes:
        may_have_happened: Whether the service may have carried the request out all the same.
        method: The HTTP method of the request.
        path: The path of the request below the base address.
        attempts: How often the request was sent.
    """

    def __init__(
        self, message: str, *, may_have_happened: bool, method: str = "", path: str = "", attempts: int = 1
    ) -> None:
        self.message = message
        self.may_have_happened = may_have_happened
        self.method = method
        self.path = path
        self.attempts = attempts
        super().__init__(message)

    def __str__(self) -> str:
        fate = "may have been carried out" if self.may_have_happened else "was not carried out"
        sent = f", sent {self.attempts} times" if self.attempts > 1 else ""
        return f"{self.method} {self.path}: {self.message} (the request {fate}{sent})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.__dict__.copy())


class DeadlineExceeded(TransportError, TimeoutError):
    """The call's total deadline passed before an answer came."""

    __str__ = TransportError.__str__


class AmbiguousWrite(TransportError):
    """A create was sent and its answer was lost: the record may be there, so it is not sent again.

    Attributes:
        payload: The body that was sent, to look for or to send again.
    """

    def __init__(self, message: str, *, payload: Any = None, **context: Any) -> None:
        self.payload = payload
        super().__init__(message, may_have_happened=True, **context)


class ConfigurationError(SoftrError):
    """There is no client, no key, or an address or setting that will not do."""


class InvalidQuery(SoftrError, ValueError):
    """A filter, order or slice that cannot work; raised before any request."""


class InvalidValue(SoftrError, ValueError, TypeError):
    """A value that its field cannot hold; raised before any request."""


class ReadOnlyField(InvalidValue, AttributeError):
    """An assignment to a field that the service computes; raised before any request."""


class InvalidState(SoftrError, ValueError):
    """A move that an object of a session cannot make, such as deleting what was never saved."""


class LazyLoadRefused(SoftrError, RuntimeError):
    """Reading an attribute would make a request in a running event loop, which would hold up all its tasks.

    Raised before the request; the message says what to await instead.
    """


class DoesNotExist(SoftrError, LookupError):
    """No record matches. ``Task.DoesNotExist`` is the model's own."""


class MultipleObjectsReturned(SoftrError, LookupError):
    """More than the one record asked for matches. ``Task.MultipleObjectsReturned`` is the model's own."""


class FilterIgnored(SoftrError):
    """The service answered rows that the filter excludes, so nothing was written.

    A malformed filter may make the service return every row (wire-facts 10); before an update or a delete
    on a filtered set softrorm checks each row itself.
    """


class DriftError(SoftrError):
    """Records were added, deleted or moved while a query was read page by page, so that the result cannot be right."""


class DriftWarning(UserWarning):
    """The same, where the query goes on being read: records may be missing from it, and none comes twice."""
