"""The unit of work: objects are changed in memory, and one commit sends what changed."""

from softrorm.session.conflicts import Clash, Conflict
from softrorm.session.plan import Operation, Plan
from softrorm.session.report import CommitError, CommitReport, Result
from softrorm.session.session import Session
from softrorm.session.states import State

__all__ = ["Clash", "CommitError", "CommitReport", "Conflict", "Operation", "Plan", "Result", "Session", "State"]
