"""Django's command line for the console."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "procore_sync.settings")
    execute_from_command_line(sys.argv)
