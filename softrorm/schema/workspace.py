"""The workspace that a new database goes to, where nobody named one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import uuid4

from softrorm.client.errors import ConfigurationError

if TYPE_CHECKING:
    from softrorm.client.client import Client


def workspace_of(client: Client, workspace: str | None = None) -> str:
    """The id of the workspace for a new database.

    Args:
        client: The client.
        workspace: The one that was asked for; else that in ``SOFTR_WORKSPACE``, else that of the account's databases,
            if they share one. A sandbox needs none.

    Raises:
        ConfigurationError: None can be found.

    Makes one request if it has to look at the account's databases.
    """
    workspace = workspace or os.environ.get("SOFTR_WORKSPACE")
    if workspace is None and client.sandbox is not None:
        workspace = client.sandbox.workspace_id
    if workspace is not None:
        return workspace
    known = {database.workspace_id for database in client.list_databases() if database.workspace_id}
    if len(known) == 1:
        return known.pop()
    if client.url.startswith("http://"):
        return str(uuid4())  # plain http leads to a sandbox on this machine, which takes any workspace
    raise ConfigurationError(
        "A new database needs the id of a workspace, as workspace= or in SOFTR_WORKSPACE; the account's databases are "
        f"in {len(known)} workspaces{': ' + ', '.join(sorted(known)) if known else ', so none can be guessed'}."
    )
