"""Django's command line for the console: what its operator has to cure is told in a sentence, not in a traceback."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import Error


def run(argv: Sequence[str]) -> None:
    """Carry out a command; whoever wants to see where it failed adds `--traceback`.

    Raises:
        SystemExit: with the sentence, where a setting, the database or its tables are not as they have to be.
    """
    try:
        execute_from_command_line(list(argv))
    except ImproperlyConfigured as wrong:
        _leave(argv, str(wrong), wrong)
    except Error as failure:
        _leave(argv, _why(failure, migrates="migrate" in argv), failure)


def _leave(argv: Sequence[str], why: str, failure: Exception) -> None:
    if not why or "--traceback" in argv:
        raise failure
    sys.exit(why)


def _why(failure: Error, *, migrates: bool) -> str:
    """What is missing; "" if it is nothing that an operator could cure, and so a fault of ours."""
    # Only settings that are whole let these be read.
    from procore_sync.health import missing
    from procore_sync.outages import why_away

    lacking = missing()
    # Of a migration that fails only its developer can say why, and that it has to be made was known.
    told = lacking.get("database", "") if migrates else next(iter(lacking.values()), "") or why_away(failure)
    return f"{told}\n{str(failure).strip()}" if told else ""
