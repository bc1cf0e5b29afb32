"""What the frame of every page shows: where one can go, and how the ledger is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The frame's context for a signed-in member; empty for anybody else."""
    member = getattr(request, "member", None)
    return {"member": member} if member else {}
