"""Bulk writes: many independent rows, written concurrently inside the write budget, each with a fate in the report.

The service has no bulk endpoint, so each row is a request of its own. The query set's ``bulk_create``, ``bulk_update``,
``update``, ``delete`` and ``upsert`` come here through ``Model._meta.bulk``, since queries stand below models.
"""

from softrorm.models.bulk.journal import JournalError
from softrorm.models.bulk.report import BulkError, BulkReport, RowResult
from softrorm.models.bulk.writes import Bulk

__all__ = ["Bulk", "BulkError", "BulkReport", "JournalError", "RowResult"]
