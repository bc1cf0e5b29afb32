"""How a person wants pages to look, as their browser remembers it."""

from __future__ import annotations

from django.http import HttpRequest


def chosen_theme(request: HttpRequest) -> str:
    """The theme that the person chose: "light", "dark", or empty for what the system says."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in ("light", "dark") else ""
