"""Play a night in two minutes: a stand-in for a cloud, a real AppDaemon, these apps.

Needs neither Home Assistant nor an account. The exit code is 0 only if the car was ready by departure.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from smart_charging.cli.sessions import session_lines
from smart_charging.config.defaults import DEFAULT_CLOUD
from smart_charging.demo.night import ZONE
from smart_charging.demo.play import play
from smart_charging.demo.staged import STAGED
from smart_charging.errors import ChargingError

FASTEST_S = 2.5
"""With a shorter quarter the charger's power would be higher than the scheduler accepts."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `demo`."""
    parser.add_argument(
        "--cloud", default=DEFAULT_CLOUD, choices=STAGED, help=f"which cloud to pretend (default: {DEFAULT_CLOUD})"
    )
    parser.add_argument(
        "--home-assistant",
        action="store_true",
        help="use a real Home Assistant, installed into the user's cache directory, and leave it running until Ctrl-C",
    )
    parser.add_argument(
        "--quarter",
        type=_seconds,
        default=timedelta(seconds=5),
        metavar="SECONDS",
        help="how long a quarter of an hour of the night lasts (default: 5)",
    )
    parser.add_argument(
        "--kwh",
        type=_energy,
        default=22.0,
        metavar="KWH",
        help="how much the car wants (default: 22, two hours of an 11 kW charger)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Play the night; returns 1 if the car was not ready or something did not start, 130 after Ctrl-C."""
    if find_spec("fcntl") is None:  # Windows, which has no process groups either
        print("The demo needs Linux, macOS or WSL; all other commands work here.", file=sys.stderr)
        return 1
    folder = Path(tempfile.mkdtemp(prefix="smart-charging-demo-"))
    try:
        is_ready = asyncio.run(
            play(
                folder,
                say,
                lambda session_log: session_lines(session_log, ZONE),
                cloud_name=arguments.cloud,
                home_assistant=arguments.home_assistant,
                quarter=arguments.quarter,
                wanted_kwh=arguments.kwh,
            )
        )
    except KeyboardInterrupt:
        say("\nStopped; nothing is left running.")
        return _leave(folder, 130)
    except ChargingError as err:
        print(f"The demo cannot go on: {err}", file=sys.stderr)
        return 1
    if not is_ready:
        say(f"What AppDaemon logged is in {folder}/appdaemon/appdaemon.log")
        return 1
    return _leave(folder, 0)


def say(line: str) -> None:
    """Print without buffering, also into a pipe."""
    print(line, flush=True)


def _leave(folder: Path, code: int) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    return code


def _seconds(text: str) -> timedelta:
    """Parse how long a quarter of an hour lasts in the demo."""
    seconds = _number(text)
    if not FASTEST_S <= seconds <= 900:
        raise argparse.ArgumentTypeError(f"{text} is not between {FASTEST_S} and 900 seconds")
    return timedelta(seconds=seconds)


def _energy(text: str) -> float:
    """Parse an energy that can be charged in the night."""
    kwh = _number(text)
    if not 1 <= kwh <= 50:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 50 kWh")
    return kwh


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a number") from None
