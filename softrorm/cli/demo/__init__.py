"""``softrorm demo``: the main job on real data, the time zones of the world, with no account and no network.

``models`` declares the tables, ``data`` reads the IANA tables that the tzdata package carries, ``steps`` are the things
shown, and ``run`` carries them out on a sandbox and prints what that sandbox saw.
"""

from __future__ import annotations

import click


@click.command("demo")
def command() -> None:
    """Model, load and query the world's time zones.

    Runs on the embedded sandbox: no account, no network, nothing to clean up. Beside each step stand the JSON that it
    compiles to and the number of requests that it makes.
    """
    from softrorm.cli.demo.run import run

    run()
