"""Runs scim2-tester, an independent check of SCIM servers, against BASE with TOKEN, and says what it found.

Prints one line for each check, and ends with 0 only if every one succeeded.
"""

import os
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

http = Client(
    base_url=os.environ["BASE"],
    headers={"Authorization": f"Bearer {os.environ['TOKEN']}"},
    trust_env=False,
)
results = check_server(SyncSCIMClient(http))
failed = [result for result in results if result.status != Status.SUCCESS]
for result in results:
    print(result.status.name, result.resource_type or "-", result.title, str(result.reason).replace("\n", " "))
for result in failed:
    print(result.data, file=sys.stderr)
sys.exit(1 if failed else 0)
