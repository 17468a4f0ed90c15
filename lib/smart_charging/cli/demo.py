"""Play a night in two minutes: a stand-in for Monta's cloud, a real AppDaemon, these apps.

Needs neither Home Assistant nor an account. Exit code 0 only if the car had its energy by departure.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from smart_charging.demo.play import play
from smart_charging.errors import ChargingError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The demo's options."""
    parser.add_argument(
        "--home-assistant",
        action="store_true",
        help="use a real Home Assistant, installed into the user's cache directory, and leave it running until Ctrl-C",
    )


def run(arguments: argparse.Namespace) -> int:
    """Play it; 1 when the car was not ready or something did not start, 130 after Ctrl-C."""
    try:
        with tempfile.TemporaryDirectory(prefix="smart-charging-demo-") as folder:
            is_ready = asyncio.run(play(Path(folder), say, home_assistant=arguments.home_assistant))
    except KeyboardInterrupt:
        say("Stopped; nothing is left running.")
        return 130
    except ChargingError as err:
        print(f"The demo cannot go on: {err}", file=sys.stderr)
        return 1
    return 0 if is_ready else 1


def say(line: str) -> None:
    """Print at once, also into a pipe."""
    print(line, flush=True)
