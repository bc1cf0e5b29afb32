"""The bookkeeper's window."""

from aiohttp import web

from .emulator import Emulator


class Window:
    """Pages for a person who plays the bookkeeper."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[web.RouteDef]:
        """Its paths."""
        return []
