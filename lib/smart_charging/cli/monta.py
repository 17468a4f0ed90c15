"""Have Monta send its events to this installation, end that, or show where they go."""

from __future__ import annotations

import argparse

from smart_charging.cli.monta_webhook import webhook


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subject; what stands behind it is for the subject's own parser."""
    parser.add_argument("subject", choices=("webhook",), help="where Monta sends its events")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="ACTION", help="on, off or show, with its options")


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    return webhook(arguments.words)
