"""Options of the command line, files named there, and arguments in apps.yaml that nobody means."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from smart_charging.cli.main import main
from smart_charging.config.arguments import Settings, parse
from smart_charging.config.control import ControlSettings
from smart_charging.config.monitor import MonitorSettings
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.errors import ConfigError
from worlds.evening import ARGUMENTS
from worlds.price_mangling import mangled
from worlds.price_shapes import NOW, SHAPES

SLOW_S = 5.0
_NUMBERS = (
    "0",
    "-1",
    "1e15",
    "1e300",
    "1e400",
    "nan",
    "inf",
    "12,5",
    "0.1",
    "60",
    "x",
    "",
    "\u0667",
    "1_0",
    "0x10",
    "100000",
)
_TIMES = (
    *("07:00", "24:00", "7", "", "0\u0667:00", "0001-01-01T00:00", "9999-12-31T23:59", "9999-12-31T23:59+14:00"),
    *("0001-01-01T00:00-14:00", "2027-02-10T07:00", "2027-02-30T07:00", "2027-W06-2T07:00", "20270210T0700"),
)
_WORDS = (
    "",
    "x",
    "Europe/Oslo",
    "../../etc/passwd",
    "EUR/MWh",
    "Quatloo",
    "DKK",
    "\x1b[31m",
    "35-80",
    "80-35",
    "101-0",
)
_PLAN = {
    **dict.fromkeys(("power", "kwh", "hours", "battery", "efficiency", "minimum", "margin", "markup", "vat"), _NUMBERS),
    **dict.fromkeys(("average", "start-cost", "min-block", "limit", "cheapest-share"), _NUMBERS),
    **dict.fromkeys(("ready-by", "now"), _TIMES),
    **dict.fromkeys(("zone", "unit", "currency", "area", "soc"), _WORDS),
}
_FLAGS = ("one-block", "late", "running", "json")
_USUAL = {"power": "11", "kwh": "20", "ready-by": "07:00", "now": NOW.isoformat(), "zone": "Europe/Copenhagen"}


def command_line_case(random: Random) -> str | None:
    """One line on stderr and exit code 2, or an answer; nothing else."""
    with TemporaryDirectory() as name:
        return _run(_command(Path(name), random))


def _run(words: list[str]) -> str | None:
    out, err = io.StringIO(), io.StringIO()
    began = process_time()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as ended:  # argparse's own
            return None if ended.code == 2 else f"{words}: exit code {ended.code}"
    shown = f"{words}"[:400]
    if (took_s := process_time() - began) > SLOW_S:
        return f"{shown}: it took {took_s:.1f} s"
    if code not in (0, 2):
        return f"{shown}: exit code {code}"
    if code == 2 and (out.getvalue() or len(err.getvalue().splitlines()) != 1 or len(err.getvalue()) > 2000):
        return f"{shown}: {err.getvalue()[:300]!r} on stderr, {len(out.getvalue())} characters on stdout"
    return None


def _command(folder: Path, random: Random) -> list[str]:
    file = str(_file(folder, random))
    match random.choice(("plan", "plan", "plan", "sessions", "prices")):
        case "sessions":
            return ["sessions", file, *random.choice(([], ["--csv"], ["--charger", "x"], ["--zone", "Mars"]))]
        case "prices":
            return ["prices", file, *random.choice(([], ["--json"], ["--zone", "Mars"]))]
        case _:
            changed = {key: random.choice(_PLAN[key]) for key in random.sample(sorted(_PLAN), random.randint(0, 3))}
            options = [word for key, value in {**_USUAL, **changed}.items() for word in (f"--{key}={value}",)]
            return ["plan", "--prices", file, *options, *(f"--{flag}" for flag in _FLAGS if random.random() < 0.2)]


def _file(folder: Path, random: Random) -> Path:
    """A file of prices as it should be, broken, or of something else."""
    file = folder / random.choice(("prices.json", "prices.csv", "prices"))
    source = SHAPES[random.choice(sorted(SHAPES))].source
    match random.choice(("good", "good", "good", "broken", "bytes", "none", "folder")):
        case "good":
            file.write_text(json.dumps(source, default=str), encoding="utf-8")
        case "broken":
            with contextlib.suppress(ValueError, RecursionError):
                file.write_bytes(json.dumps(mangled(source, random), default=str).encode(errors="replace"))
        case "bytes":
            file.write_bytes(random.randbytes(random.choice((0, 1, 50, 3000))))
        case "folder":
            file.mkdir()
        case _:
            pass
    return file


_MODELS: dict[str, type[Settings]] = {
    "charging_monitor": MonitorSettings,
    "charging_control": ControlSettings,
    "charging_scheduler": SchedulerSettings,
}


def arguments_case(random: Random) -> str | None:
    """Arguments are read, or refused with a line for each mistake."""
    name, model = random.choice(list(_MODELS.items()))
    written: dict[str, Any] = mangled({**ARGUMENTS[name], "notify": {"action": "notify.x", "kinds": ["stuck"]}}, random)
    try:
        parse(model, written)
    except ConfigError as err:
        lines = str(err).splitlines()
        longest = max(map(len, lines), default=0)
        return None if lines and longest < 1500 and len(lines) < 1000 else f"{len(lines)} lines, {longest} long"
    return None
