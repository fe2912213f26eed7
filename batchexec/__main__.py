"""`python -m batchexec`: the same as the command."""

import sys

from batchexec.cli import main

sys.exit(main())
