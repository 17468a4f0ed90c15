"""What `plan --help` takes, in fresh interpreters: nothing is planned, so all of it is imports."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

ARGUMENTS = ("plan", "--help")
HEAVY = ("aiohttp", "appdaemon", "httpx", "jinja2", "pydantic", "yaml")
_LIST_MODULES = """
import contextlib, io, runpy, sys
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    runpy.run_module("smart_charging", run_name="__main__", alter_sys=True)
print(*sys.modules)
"""


def print_help_page(checkouts: Sequence[Path], runs: int) -> None:
    """By turns, so that whatever else the machine does slows all of them."""
    modules = [_modules(checkout) for checkout in checkouts]  # once before the clock runs: Python compiles what is new
    rounds = [[_seconds(checkout) for checkout in checkouts] for _ in range(runs)]
    took = [median(seconds) for seconds in zip(*rounds, strict=True)]
    print(f"`plan --help`, median of {runs} runs by turns\n")
    print(f"| checkout | ms | ratio | modules | of ours | {' | '.join(HEAVY)} |\n|{'---|' * (5 + len(HEAVY))}")
    for checkout, names, seconds in zip(checkouts, modules, took, strict=True):
        ours = sum(name.partition(".")[0] == "smart_charging" for name in names)
        heavy = " | ".join("yes" if name in names else "no" for name in HEAVY)
        where, ratio = checkout.resolve(), seconds / took[0]
        print(f"| {where} | {1000 * seconds:.0f} | {ratio:.2f} | {len(names)} | {ours} | {heavy} |")


def _seconds(checkout: Path) -> float:
    began = time.perf_counter()
    _run(checkout, "-m", "smart_charging", *ARGUMENTS)
    return time.perf_counter() - began


def _modules(checkout: Path) -> Sequence[str]:
    return _run(checkout, "-c", _LIST_MODULES, *ARGUMENTS).split()


def _run(checkout: Path, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str((checkout / "lib").resolve())}
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout
