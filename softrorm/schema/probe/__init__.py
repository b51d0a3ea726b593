"""Probe: finding out on a live account what the documents leave open, in a scratch database that is removed again.

``questions`` is the table of what is asked, in the order of asking; ``shapes``, ``pages``, ``writes``, ``filters``,
``orders``, ``values`` and ``rates`` hold the functions that ask. ``scratch`` makes the database that they ask in and
removes it, ``lab`` fills it and makes the requests, ``report`` is what comes of it, ``scrub`` keeps secrets and persons
out of that.
"""

from softrorm.schema.probe.probe import aprobe, cost, probe
from softrorm.schema.probe.questions import QUESTIONS
from softrorm.schema.probe.report import Finding, Report
from softrorm.schema.probe.scratch import Leftover, leftovers

__all__ = ["QUESTIONS", "Finding", "Leftover", "Report", "aprobe", "cost", "leftovers", "probe"]
