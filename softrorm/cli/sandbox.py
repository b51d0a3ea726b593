"""``softrorm sandbox``: the embedded API on a port, for programs in any language and for trying things out."""

from __future__ import annotations

import gc
from contextlib import closing
from typing import TYPE_CHECKING

import click

from softrorm.cli.exits import Exit, Stop
from softrorm.cli.output import examples
from softrorm.cli.signals import stoppable
from softrorm.sandbox.rates import POLICIES

if TYPE_CHECKING:
    from softrorm.client.dialect import Dialect
    from softrorm.sandbox import Sandbox, Server

LOGGED = 10_000  # requests that a sandbox remembers, so that it can run for days
RATE = click.FloatRange(0, min_open=True)
SECONDS = click.FloatRange(0)


@click.command(
    "sandbox",
    epilog=examples(
        "softrorm sandbox",
        "softrorm sandbox --port 0 --file tracker.db",
        "softrorm sandbox --rate-policy sliding_log --latency 0.1",
        "softrorm sandbox --dialect softr-dialect.json --strict",
    ),
)
@click.option("--port", metavar="N", default=8000, type=click.IntRange(0, 65535), help="8000; 0 picks a free one.")
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", help="The address to listen on; 127.0.0.1.")
@click.option(
    "--file", type=click.Path(dir_okay=False), help="An SQLite file that keeps the data; without it memory does."
)
@click.option(
    "--dialect",
    metavar="DIALECT",
    type=click.Path(),  # so that shells complete files
    default="current",
    help="Which version of the API to be: current, june-2025, or a file that softrorm probe wrote.",
)
@click.option("--strict", is_flag=True, help="Refuse what another dialect sends, which is taken otherwise.")
@click.option(
    "--rate-policy",
    metavar="POLICY",
    type=click.Choice(list(POLICIES)),
    help=f"Answer 429 above the API's rates, counted as a {', '.join(POLICIES)}.",
)
@click.option("--reads-per-second", metavar="N", type=RATE, help="The rate of GET and search, unless the dialect's.")
@click.option("--writes-per-second", metavar="N", type=RATE, help="The rate of all else, unless the dialect's.")
@click.option(
    "--latency",
    metavar="SECONDS",
    default=0.0,
    type=SECONDS,
    help="How long a request and its answer are under way together, a fifth of it before the request is judged.",
)
@click.option(
    "--jitter", metavar="SECONDS", default=0.0, type=SECONDS, help="How much longer each of the two ways is at most."
)
def command(
    *,
    port: int,
    host: str,
    file: str | None,
    dialect: str,
    strict: bool,
    rate_policy: str | None,
    reads_per_second: float | None,
    writes_per_second: float | None,
    latency: float,
    jitter: float,
) -> None:
    """Serve the API on a port, with no account.

    The first line printed is the address to give a client. Any key is taken. Ctrl-C stops it.
    """
    from softrorm.client.dialect import dialect_of

    spoken = dialect_of(dialect, "--dialect")
    rates = _rates(spoken, rate_policy, reads_per_second, writes_per_second)
    try:
        with (
            stoppable(),
            _opened(file, spoken, rate_policy, rates, strict=strict) as sandbox,
            closing(_listening(sandbox, host, port, latency, jitter)) as server,
        ):
            _announce(server, sandbox, host, file)
            gc.freeze()  # what the file held stays: to look through it for garbage would be a pause that clients see
            server.serve_forever()
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)


def _rates(
    dialect: Dialect, rate_policy: str | None, reads: float | None, writes: float | None
) -> tuple[float, float] | None:
    if reads is None and writes is None:
        return None
    if rate_policy is None:
        raise click.UsageError(f"rates need a way to count requests: --rate-policy {', '.join(POLICIES)}")
    return reads or dialect.reads_per_second, writes or dialect.writes_per_second


def _opened(
    file: str | None, dialect: Dialect, rate_policy: str | None, rates: tuple[float, float] | None, *, strict: bool
) -> Sandbox:
    from softrorm.sandbox import FileRefused, Sandbox

    try:
        return Sandbox(file, dialect=dialect, rate_policy=rate_policy, log_limit=LOGGED, rates=rates, strict=strict)
    except FileRefused as error:
        raise Stop(str(error), Exit.USAGE) from error


def _listening(sandbox: Sandbox, host: str, port: int, latency: float, jitter: float) -> Server:
    try:
        return sandbox.serve(port, host, latency=latency, jitter=jitter)
    except OSError as error:
        reason = error.strerror or error
        raise Stop(f"cannot listen on {host} port {port}: {reason}; --port 0 picks a free port", Exit.USAGE) from error


def _announce(server: Server, sandbox: Sandbox, host: str, file: str | None) -> None:
    click.echo(server.url)
    click.echo(f"A sandbox of the Softr Database API, with its data in {file or 'memory'}. Ctrl-C stops it.")
    click.echo("For a program that uses it:")
    click.echo(f"    export SOFTR_URL={server.url} SOFTR_API_KEY=sandbox")
    click.echo(f"    export SOFTR_WORKSPACE={sandbox.workspace_id}")
    if host not in {"127.0.0.1", "::1", "localhost"}:
        click.echo(f"Whoever reaches {host} can read and change all of it: there are no accounts.", err=True)
