"""The probe: asks the questions in a scratch database, and removes it whatever happens."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from softrorm.client.errors import (
    AmbiguousWrite,
    ConfigurationError,
    DeadlineExceeded,
    ServiceUnavailable,
    SoftrError,
    TransportError,
)
from softrorm.client.twins import twin
from softrorm.schema.probe.lab import Lab
from softrorm.schema.probe.outcome import Open, Outcome, Verdict
from softrorm.schema.probe.pages import MOST_ROWS
from softrorm.schema.probe.questions import QUESTIONS, Question
from softrorm.schema.probe.rates import TRIED
from softrorm.schema.probe.report import Report
from softrorm.schema.probe.scratch import REMOVING, Scratch
from softrorm.schema.probe.scrub import Scrubber

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.client.client import Client

FAILURES = 2
"""Questions in a row that may end in an outage before the probe gives up."""

_OUTAGES = (ServiceUnavailable, AmbiguousWrite, DeadlineExceeded)
_OTHER_SHAPE = (LookupError, TypeError, ValueError, AttributeError)


def probe(
    client: Client,
    workspace: str | None = None,
    *,
    rows: int = 0,
    attachment: str | None = None,
    rates: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> Report:
    """Find out what a service does where the documents leave it open, and which dialect that makes.

    Everything is tried in a scratch database, which is made for it and removed at the end, and also when the probe is
    interrupted or fails; nothing else is read or changed. What stays undecided is as in the client's dialect.

    Args:
        client: The client. Its rates are kept.
        workspace: The id of the workspace for the scratch database; else that in ``SOFTR_WORKSPACE``. A sandbox needs
            none.
        rows: How many records to fill a table with, one request each, where the service neither refuses a limit of
            1000 nor shows another one, so that the most rows of an answer show all the same: 201 for the documented
            200, 1001 at most.
        attachment: The public address of a small file, for the questions about attachments, which are left out
            without one: the service downloads it.
        rates: Whether to find out how many requests a second are let through, by making more than that for some
            seconds. Meanwhile requests of other programs with the same key are refused too.
        progress: Called with how many requests are done, and how many there are at most.

    Returns:
        The report, with the dialect in ``report.dialect``.

    Raises:
        ConfigurationError: There is no workspace.
        APIError: The service would not make the scratch database, or refuses everything.
        TransportError: The service is not reached.

    Whatever is raised, the scratch database is removed; a note on the error says so, or which one is left.
    Makes some hundred requests: :func:`cost` tells how many at most. Wire-facts 16.
    """
    scratch = Scratch(client, workspace_for(client, workspace))
    lab = Lab(client, scratch, client.dialect, attachment, min(rows, MOST_ROWS), rates)
    total = cost(rows=rows, rates=rates)
    if progress is not None:
        lab.watch = lambda: progress(len(lab.exchanges), total)
    try:
        _build(lab)
        findings = _ask_all(lab)
        left = scratch.remove()
        if progress is not None:
            progress(total, total)
    except BaseException as error:
        scratch.remove(error)
        raise
    host = client.url.split("//")[-1].split("/")[0]
    now = datetime.now(UTC)
    scrubber = Scrubber(lab)
    return Report(
        service=client.url,
        probed_at=now,
        requests=len(lab.exchanges) + REMOVING,
        base=client.dialect,
        findings=[scrubber.finding(*one) for one in findings],
        errors=scrubber.errors(),
        headers=scrubber.headers(),
        dialect=replace(lab.dialect, name=f"{host} on {now:%Y-%m-%d}"),
        left_behind=left,
    )


aprobe = twin(probe, writes=True)


def cost(*, rows: int = 0, rates: bool = False) -> int:
    """The most requests that :func:`probe` makes, repeats aside. Makes no request itself.

    Args:
        rows: As for :func:`probe`.
        rates: As for :func:`probe`.
    """
    return sum(one.requests for one in QUESTIONS) + min(rows, MOST_ROWS) + TRIED * rates + REMOVING


def _ask_all(lab: Lab) -> list[tuple[Question, Outcome, int, int]]:
    """Ask the questions in order; each with the exchanges that belong to it, from one number to another."""
    asked: list[tuple[Question, Outcome, int, int]] = []
    failures = before = 0  # what made the scratch database belongs to the first question
    for question in QUESTIONS:
        try:
            outcome = question.ask(lab)
            failures = 0
        except Open as reason:
            outcome = Outcome(str(reason), verdict=reason.verdict)
        except _OUTAGES as error:
            # What one odd request does to a service need not end the rest; two in a row are an outage.
            failures += 1
            if failures == FAILURES:
                raise
            outcome = Outcome(f"the service did not answer: {error}", verdict=Verdict.OPEN)
        except _OTHER_SHAPE as error:
            outcome = Outcome(f"an answer has a shape that nobody documented: {error!r}", verdict=Verdict.OPEN)
        lab.settle(**outcome.sets)
        asked.append((question, outcome, before, len(lab.exchanges)))
        before = len(lab.exchanges)
    return asked


def _build(lab: Lab) -> None:
    try:
        lab.build()
    except SoftrError:
        raise
    except _OTHER_SHAPE as error:
        raise TransportError(
            f"the scratch database was answered in a shape that nobody documented: {error!r}", may_have_happened=True
        ) from error


def workspace_for(client: Client, given: str | None) -> str:
    """The workspace to make the scratch database in. Makes no request.

    Args:
        client: The client.
        given: What the user says, if anything.

    Raises:
        ConfigurationError: There is none.
    """
    found = given or os.environ.get("SOFTR_WORKSPACE") or getattr(client.sandbox, "workspace_id", None)
    if not found:
        raise ConfigurationError(
            "a probe needs the id of the workspace to make its scratch database in: workspace=, --workspace or"
            " SOFTR_WORKSPACE (each database of the account shows the id of its workspace)"
        )
    return str(found)
