"""`python -m quickbooks_bridge.emulator`: run one emulator until SIGTERM or SIGINT."""

import argparse
import asyncio
import gc
import signal
import sys

from aiohttp import web

from .app import build
from .emulator import Emulator

DEMO_CLIENT = {"demo-client": "demo-secret"}


def _client(text: str) -> tuple[str, str]:
    name, colon, secret = text.partition(":")
    if not (name and colon and secret):
        raise argparse.ArgumentTypeError("a client is written id:secret")
    return name, secret


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="quickbooks_bridge.emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8100, help="port to listen on; 0 takes a free one")
    parser.add_argument("--data", default=":memory:", help="SQLite file that keeps everything; in memory without it")
    parser.add_argument("--client", type=_client, action="append", default=[], metavar="ID:SECRET", help="an app")
    parser.add_argument("--no-limits", action="store_true", help="start without throttling")
    parser.add_argument("--public-url", default="", help="address at which browsers reach the consent page")
    return parser.parse_args(words)


async def _serve(given: argparse.Namespace) -> None:
    emulator = Emulator(given.data, {**DEMO_CLIENT, **dict(given.client)}, limited=not given.no_limits)
    runner = web.AppRunner(build(emulator, given.public_url), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, given.host, given.port, backlog=1024).start()
    stop = asyncio.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    gc.freeze()
    host, port = runner.addresses[0][:2]
    sys.stdout.write(f"QuickBooks emulator ready at http://{host}:{port}\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()
    emulator.store.close()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments(sys.argv[1:])))
