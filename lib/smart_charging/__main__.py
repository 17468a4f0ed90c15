"""`python -m smart_charging` is `smart-charging`."""

import sys

from smart_charging.cli.main import main

sys.exit(main())
