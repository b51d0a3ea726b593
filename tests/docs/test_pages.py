"""The documentation holds what it says: its examples run and print what stands beside them, its links lead on.

The examples of a page share one namespace, from top to bottom. What a block prints must be what its lines that begin
with ``#>`` show, in which ``...`` stands for whatever differs from run to run, such as an id.
"""

import logging
import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def run(example):
    """Run a block and compare what it prints with its ``#>`` lines."""
    expected = [line.strip()[2:].strip() for line in example.parsed.splitlines() if line.strip().startswith("#>")]
    with redirect_stdout(StringIO()) as printed:
        PythonEvaluator()(example)
    got = [line.strip() for line in printed.getvalue().splitlines()]
    where = f"{example.path}:{example.line}"
    for shown, line in zip(expected, got, strict=False):
        pattern = ".*".join(map(re.escape, shown.split("...")))
        assert re.fullmatch(pattern, line), f"{where} shows\n  {shown}\nbut prints\n  {line}"
    assert len(got) == len(expected), f"{where} shows {len(expected)} lines but prints {len(got)}: {got}"


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def slug(heading):
    """The anchor of a heading, as Markdown sites and GitHub both make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page):
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {slug(heading) for heading in headings}


@pytest.fixture
def _as_quiet_as_before():
    """A page may show how to switch logs on, which is for that page alone."""
    logger = logging.getLogger("softrorm.client")
    level = logger.level
    yield
    logger.setLevel(level)


@pytest.mark.usefixtures("_as_quiet_as_before")
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_examples_of_a_page_run_and_print_what_it_shows(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where a page leaves the files that it writes
    sybil = Sybil(parsers=[CodeBlockParser("python", run)], path=str(page.parent), pattern=page.name)
    for example in sybil.parse(page).examples():
        example.evaluate()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_links_of_a_page_lead_to_files_and_headings_that_are_there(page):
    for link in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)} links to {link}, which is not there"
        if anchor:
            assert anchor in anchors(target), f"{name_of(page)} links to {link}; its headings are {anchors(target)}"


def test_the_app_tests_of_the_testing_page_pass_in_a_project_of_their_own(pytester):
    text = (ROOT / "docs" / "testing.md").read_text("utf-8")
    files = re.findall(r'^```python title="([\w.]+)"\n(.*?)^```', text, re.MULTILINE | re.DOTALL)
    assert {"models.py", "conftest.py", "test_tasks.py"} <= {name for name, _ in files}
    for name, source in files:
        (pytester.path / name).write_text(source, "utf-8")
    pytester.syspathinsert()
    tests = sum(source.count("def test_") for _, source in files)
    pytester.runpytest_inprocess("-q", "-p", "no:cacheprovider").assert_outcomes(passed=tests)


def test_the_spans_of_the_observing_page_are_what_opentelemetry_takes():
    pytest.importorskip("opentelemetry.sdk", reason="opentelemetry-sdk is not installed")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from softrorm import Model, create_tables, fields
    from softrorm.client import events
    from softrorm.sandbox import Sandbox

    class Task(Model):
        title = fields.SingleLineText()

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    sandbox = Sandbox()
    client = sandbox.client()
    create_tables(client, [Task])
    text = (ROOT / "docs" / "observing.md").read_text("utf-8")
    (source,) = re.findall(r'^```python title="tracing.py"\n(.*?)^```', text, re.MULTILINE | re.DOTALL)
    page: dict = {}
    exec(source, page)
    page["tracer"] = provider.get_tracer("softrorm")
    try:
        with provider.get_tracer("app").start_as_current_span("import") as around:
            sandbox.faults.add("rate_limited", retry_after=0)
            Task.objects.using(client).bulk_create([Task(title="one"), Task(title="two")], workers=2)
    finally:
        events.on_response.disconnect(page["trace_response"])
    spans = [span for span in exporter.get_finished_spans() if span.name != "import"]
    assert {span.name for span in spans} == {"POST /databases/{database_id}/tables/{table_id}/records"}
    assert sorted(span.attributes["http.response.status_code"] for span in spans) == [200, 200, 429]
    assert sorted(span.attributes["http.request.resend_count"] for span in spans) == [0, 0, 1]
    assert [span.status.is_ok for span in spans].count(False) == 1
    assert {span.parent.span_id for span in spans} == {around.get_span_context().span_id}
    assert all(0 < span.end_time - span.start_time < 10**9 for span in spans)
