"""Probe: finding out on a live account what the documents leave open, in a scratch database that is removed again.

``questions`` is the table of what is asked, in the order of asking; ``pages``, ``writes``, ``filters``, ``orders`` and
``values`` hold the functions that ask. ``lab`` is the scratch database that they ask in, ``report`` what comes of it,
``scrub`` keeps secrets and persons out of that.
"""

from softrorm.schema.probe.probe import aprobe, cost, probe
from softrorm.schema.probe.questions import QUESTIONS
from softrorm.schema.probe.report import Finding, Report

__all__ = ["QUESTIONS", "Finding", "Report", "aprobe", "cost", "probe"]
