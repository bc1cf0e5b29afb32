"""Django's command line for the console."""

import os
import sys

from procore_sync.command_line import run

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "procore_sync.settings")
    run(sys.argv)
