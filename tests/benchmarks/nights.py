"""A year of nights, in virtual time, through the real apps: what is promised, what is kept, what it costs.

    PYTHONPATH=lib:tests:apps python -m benchmarks.nights

365 nights in 73 houses, each five nights long: cars come and leave, prices are published, and whatever can go wrong
does. With `--prices DIR` for real prices (NL_60min.csv and DE-LU_15min.csv with the columns start_utc, price and
unit, EUR/MWh); without it they are made up. `--seed` draws another year; `--only NAME` plays the stretch of a night
again and tells what happened. Each house has a world of its own; `--usual` leaves all of them as they are in tests.
What is suspicious is told with its world as soon as it is played. `--cloud MODULE:FACTORY` plays over another stand-in
of the same API, see tests/worlds/OTHER_CLOUDS.md. `--apps CHECKOUT` plays the apps of another version, in the same
worlds and before the same judge.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
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
    print(f"\n{night.day}: {stage.setup}\n  {stage.setup.world}")
    for visit in night.visits:
        print(f"  {visit}")
    for fault in night.faults:
        print(f"  {fault}")
    for line in lines:
        print(f"    {line}")
    for sent in stage.record.sent:
        print(f"    {sent}")
    for visit in night.visits:
        for charge in stage.truth[visit.charger]:
            print(f"    {charge.by} {charge.created_at} to {charge.stopped_at}: {charge.kwh:.2f} kWh")
    for one in stage.record.blocked:
        print(f"    {one}")
    for verdict in verdicts:
        print(f"  {verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prices", type=Path, default=SHARED if SHARED.is_dir() else None, metavar="DIR")
    parser.add_argument("--seed", default="year")
    parser.add_argument("--stretches", type=int, default=STRETCHES, help="five nights each")
    parser.add_argument("--only", metavar="NAME", help="a stretch, such as year-17")
    parser.add_argument("--usual", action="store_true", help="no worlds are drawn")
    parser.add_argument("--cloud", metavar="MODULE:FACTORY", help="another stand-in, as an aiohttp application")
    parser.add_argument("--apps", type=Path, metavar="CHECKOUT", help="where another version lies, with lib and apps")
    parser.add_argument("--jobs", type=int, default=1, help="processes that share the work")
    arguments = parser.parse_args()
    result, seconds = Result(), 0.0
    with results(list(stretches(arguments)), arguments.jobs) as played:
        for one, took_s in played:
            result.add(one)
            seconds += took_s
            for title, names in one.suspects().items():
                print(f"{title}: {', '.join(names)} ({one.worlds[0]})", file=sys.stderr, flush=True)
    print(result.table())
    for title, names in result.suspects().items():
        print(f"{title}: {', '.join(names)}")
    print(f"{seconds:.0f} s of CPU")


def stretches(arguments: argparse.Namespace) -> Iterator[Stretch]:
    """Those that were asked for."""
    prices = real_prices(arguments.prices) if arguments.prices else made_up_prices()
    for number in range(arguments.stretches):
        name = f"{arguments.seed}-{number}"
        if arguments.only in {None, name}:
            yield Stretch(
                seed=name,
                first=FIRST + number * NIGHTS_EACH * DAY,
                nights=NIGHTS_EACH,
                prices=prices,
                cloud=arguments.cloud,
                apps=arguments.apps and arguments.apps.resolve(),
                is_usual=arguments.usual,
                watch=tell if arguments.only else None,
            )


@contextmanager
def results(some: Sequence[Stretch], jobs: int) -> Iterator[Iterable[tuple[Result, float]]]:
    """Each as soon as it and those before it are played, with the CPU it took."""
    if jobs == 1:
        yield map(play, some)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield pool.map(play, some)


def play(stretch: Stretch) -> tuple[Result, float]:
    began = time.process_time()
    return stretch.play(), time.process_time() - began


if __name__ == "__main__":
    main()
