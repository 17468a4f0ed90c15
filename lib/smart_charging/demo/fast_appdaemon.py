"""Starts AppDaemon as it is, in a process where our apps go by the night's clock.

    python -m smart_charging.demo.fast_appdaemon CLOCK -c FOLDER

AppDaemon's own time travel (`--starttime`, `--timewarp`) moves only its timers, which our apps do not use, and would
not change what time they think it is.
"""

from __future__ import annotations

import sys

from appdaemon.__main__ import main

from smart_charging.demo.night_clock import NightClock
from smart_charging.host_clock import replace_host_clock

if __name__ == "__main__":
    replace_host_clock(NightClock.from_text(sys.argv.pop(1)))
    main()
