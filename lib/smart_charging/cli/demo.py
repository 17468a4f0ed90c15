"""Play a night in two minutes: a stand-in for a cloud, a real AppDaemon, these apps.

Needs neither Home Assistant nor an account. The exit code is 0 only if the car was ready by departure.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from smart_charging.config.defaults import DEFAULT_CLOUD
from smart_charging.config.numbers import advice_on
from smart_charging.demo.console import Console
from smart_charging.demo.play import play
from smart_charging.demo.stage import DemoOptions
from smart_charging.demo.staged import STAGED
from smart_charging.errors import ChargingError

FASTEST_S = 1
"""With a shorter quarter, what a busy machine takes for an answer would be a long part of the night."""


class _EndedError(Exception):
    """A signal asked for the end."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number.name)
        self.code = 128 + number


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
        default=timedelta(seconds=4),
        metavar="SECONDS",
        help="how long a quarter of an hour of the night lasts (default: 4)",
    )
    parser.add_argument(
        "--kwh",
        type=_energy,
        default=22.0,
        metavar="KWH",
        help="how much the car wants (default: 22, two hours of an 11 kW charger)",
    )
    parser.add_argument("--verbose", action="store_true", help="print every change of a state, too")


def run(arguments: argparse.Namespace) -> int:
    """Play the night; returns 1 if the car was not ready or something did not start, 128 + n after signal n."""
    if find_spec("fcntl") is None:  # Windows, which has no process groups either
        print("The demo needs Linux, macOS or WSL; all other commands work here.", file=sys.stderr)
        return 1
    options = DemoOptions(
        cloud=arguments.cloud,
        quarter=arguments.quarter,
        wanted_kwh=arguments.kwh,
        home_assistant=arguments.home_assistant,
        verbose=arguments.verbose,
    )
    console = Console(sys.stdout)
    folder = Path(tempfile.mkdtemp(prefix="smart-charging-demo-"))
    is_log_of_use = True
    try:
        if asyncio.run(_until_a_signal(folder, console, options)):
            is_log_of_use = False
            return 0
        console.line(f"What AppDaemon logged: {folder}/appdaemon/appdaemon.log")
    except _EndedError as err:
        is_log_of_use = False
        console.lines(["", "Stopped; nothing is left running."])
        return err.code
    except BrokenPipeError:
        is_log_of_use = False
        raise
    except (ChargingError, OSError) as err:
        print(f"The demo cannot go on: {err}", file=sys.stderr)
    finally:
        if not is_log_of_use:
            shutil.rmtree(folder, ignore_errors=True)
    return 1


async def _until_a_signal(folder: Path, console: Console, options: DemoOptions) -> bool:
    """Play; Ctrl-C and a polite request to end cancel that, so that all is taken down.

    Raises:
        _EndedError: All is down, as was asked.
    """
    loop = asyncio.get_running_loop()
    playing = asyncio.ensure_future(play(folder, console, options))
    asked: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        asked.append(number)
        playing.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            loop.add_signal_handler(number, end, number)
    try:
        return await playing
    except asyncio.CancelledError:
        raise _EndedError(asked[0]) from None


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
        advice = advice_on("", text)
        raise argparse.ArgumentTypeError(f"{text} is not a number{f'; {advice}' if advice else ''}") from None
