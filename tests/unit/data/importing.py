"""The program that test_import_kill.py kills: imports a file, passing by bad rows, and prints how far it came.

Arguments: address, table, file.
"""

import sys

from softrorm import Client
from softrorm.data.importing import Import
from softrorm.data.refusals import Refusals
from softrorm.schema import reflect

url, table, file = sys.argv[1:]
with Client(url, api_key="key", rates=(2000, 2000)) as client, Refusals(f"{file}.refused.csv") as refusals:
    job = Import(client, reflect(client, table), file, link_by="label")
    job.check(refusals)
    job.write(refusals, skip_bad=True, progress=lambda done, total: print(done, total, flush=True))
