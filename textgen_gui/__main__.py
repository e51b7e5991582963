"""``python -m textgen_gui`` is the same program as ``textgen-gui``."""

import sys

from .cli import main

sys.exit(main())
