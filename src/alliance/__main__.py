"""Run the command line as ``python -m alliance``."""

import sys

from alliance.cli import main

sys.exit(main())
