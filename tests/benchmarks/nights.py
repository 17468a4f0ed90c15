"""A year of nights, in virtual time, through the real apps: what is promised, what is kept, what it costs.

    PYTHONPATH=lib:tests:apps python -m benchmarks.nights

365 nights in 73 houses, each five nights long: cars come and leave, prices are published, and whatever can go wrong
does. With `--prices DIR` for real prices (NL_60min.csv and DE-LU_15min.csv with the columns start_utc, price and
unit, EUR/MWh); without it they are made up. `--seed` draws another year; `--only NAME` plays the stretch of a night
again and tells what happened.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from worlds.nights.stage import Stage
from worlds.nights.stretch import Result, Stretch
from worlds.nights.verdicts import Verdict
from worlds.nights.visits import Night
from worlds.year_of_prices import DAY, made_up_prices, real_prices

SHARED = Path(__file__).parents[3] / "shared" / "prices"
FIRST = date(2025, 4, 29)
STRETCHES, NIGHTS_EACH = 73, 5


def tell(night: Night, stage: Stage, verdicts: Sequence[Verdict], lines: Sequence[str]) -> None:
    print(f"\n{night.day}: {stage.setup}")
    for visit in night.visits:
        print(f"  {visit}")
    for fault in night.faults:
        print(f"  {fault}")
    for line in lines:
        print(f"    {line}")
    for sent in stage.record.sent:
        print(f"    {sent}")
    for visit in night.visits:
        for charge in stage.charges(visit):
            print(f"    {charge.by} {charge.created_at} to {charge.stopped_at}: {charge.consumed_kwh} kWh")
    for verdict in verdicts:
        print(f"  {verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prices", type=Path, default=SHARED if SHARED.is_dir() else None, metavar="DIR")
    parser.add_argument("--seed", default="year")
    parser.add_argument("--stretches", type=int, default=STRETCHES, help="five nights each")
    parser.add_argument("--only", metavar="NAME", help="a stretch, such as year-17")
    arguments = parser.parse_args()
    prices = real_prices(arguments.prices) if arguments.prices else made_up_prices()
    result, began = Result(), time.process_time()
    for number in range(arguments.stretches):
        name = f"{arguments.seed}-{number}"
        if arguments.only in {None, name}:
            first = FIRST + number * NIGHTS_EACH * DAY
            watch = tell if arguments.only else None
            result.add(Stretch(seed=name, first=first, nights=NIGHTS_EACH, prices=prices, watch=watch).play())
    print(result.table())
    for title, names in result.suspects().items():
        print(f"{title}: {', '.join(names)}")
    print(f"{time.process_time() - began:.0f} s of CPU")


if __name__ == "__main__":
    main()
