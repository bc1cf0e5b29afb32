"""One lane of the campaign, a process: its own servers and stage, and the acts it is given one after the other.

The first line of standard input is JSON: `{"documents": n, "papers_seed": n, "hurry": true}`, and `patience` in seconds
if it is not each fault's own. Each further line is an act, `[fault, seed]`, answered by a JSON line when it is over.
The lane ends with its input.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.campaign.servers import Broker, Database, own_servers


def main() -> None:
    """Serve, set Django up for these servers, play."""
    given = json.loads(sys.stdin.readline())
    with own_servers() as (database, broker), tempfile.TemporaryDirectory(prefix="lane-") as folder:
        os.environ.update(DATABASE_URL=database.url, REDIS_URL=broker.url, EMAIL_URL="memory:", LOG_LEVEL="ERROR")
        import tests.settings  # noqa: F401 - its defaults for secrets; the product's own settings are used

        os.environ["DJANGO_SETTINGS_MODULE"] = "procore_sync.settings"
        import django

        django.setup()
        _play(given, database, broker, Path(folder))


def _play(given: dict[str, Any], database: Database, broker: Broker, folder: Path) -> None:
    from tests.campaign.acts import perform
    from tests.campaign.faults import FAULTS
    from tests.campaign.stage import staged

    with staged(folder, database, broker, hurry=given["hurry"]) as stage:
        for line in sys.stdin:
            number, seed = json.loads(line)
            fault = FAULTS[number]()
            fault.patience = given.get("patience") or fault.patience
            result = perform(stage, fault, seed, given["documents"], given["papers_seed"])
            print(result.line(), flush=True)


if __name__ == "__main__":
    main()
