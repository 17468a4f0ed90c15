"""How right the estimated prices are, some days ahead, and how well they tell which night will be cheap.

    PYTHONPATH=lib:tests python -m benchmarks.forecasts --prices DIR

DIR is as for `benchmarks.planning`. Every few days, when prices are known until midnight, the coming week is
estimated and compared with what came. Beside it stands the mean of the last seven days by time of day. Its parameters
were chosen on the first zones; the others are of other places or years.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from statistics import fmean

from benchmarks.day_ahead_files import DAY, HOUR, WEEK, ZONE, local, read_csv
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.forecast import LOOKS_BACK, PriceForecast

CHOSEN_ON = ("DK1_60min", "FI_60min", "NL_15min", "SE3_60min")
AHEAD = (1, 2, 3, 5, 7)
NIGHT_HOURS, NIGHTS, CHARGED_HOURS = 7, 5, 4
Guess = Callable[[datetime], float]
"""What a price is expected to be."""
Forecast = Callable[[PriceCurve], Guess]


def ours(known: PriceCurve) -> Guess:
    """The forecast that the scheduler uses."""
    forecast = PriceForecast(known, ZONE)
    return lambda at: next(forecast.slots(at, at + HOUR / 4)).price_per_kwh


def of_a_week(known: PriceCurve) -> Guess:
    """The mean of the last seven days at that time of day."""
    by_time: dict[tuple[int, int], list[float]] = {}
    for slot in known.between(known.slots[-1].end - WEEK, known.slots[-1].end):
        at = slot.start.astimezone(ZONE)
        by_time.setdefault((at.hour, at.minute // 15 * 15), []).append(slot.price_per_kwh)
    usual = {time: fmean(prices) for time, prices in by_time.items()}
    everything = fmean(usual.values())
    return lambda at: usual.get((at.astimezone(ZONE).hour, at.astimezone(ZONE).minute), everything)


def cheapest_of(night: Mapping[datetime, float]) -> Sequence[datetime]:
    return sorted(night, key=lambda at: night[at])[: CHARGED_HOURS * len(night) // NIGHT_HOURS]


def judged(prices: PriceCurve, forecast: Forecast, every: int) -> tuple[list[float], float]:
    """The mean errors by days ahead, and the share of what is saved by who knows which of five nights is cheapest."""
    first, last = (edge.astimezone(ZONE).date() for edge in (prices.slots[0].start, prices.slots[-1].start))
    errors: dict[int, list[float]] = {ahead: [] for ahead in AHEAD}
    had, best = 0.0, 0.0
    for number in range(LOOKS_BACK.days + 1, (last - first).days - WEEK.days - 1, every):
        today = first + number * DAY
        now = local(today)
        guess = forecast(prices.between(now - LOOKS_BACK, now))
        for ahead in AHEAD:
            day = prices.between(*(local(today + days * DAY) for days in (ahead - 1, ahead)))
            errors[ahead].append(fmean(abs(guess(slot.start) - slot.price_per_kwh) for slot in day))
        expected, paid, least = zip(*(night_of(prices, guess, today + n * DAY) for n in range(NIGHTS)), strict=True)
        had += fmean(paid) - paid[expected.index(min(expected))]
        best += fmean(paid) - min(least)
    return [fmean(errors[ahead]) for ahead in AHEAD], had / best


def night_of(prices: PriceCurve, guess: Guess, day: date) -> tuple[float, float, float]:
    """The mean price of the hours that look cheapest, as expected and as it was, and of the cheapest there were."""
    start = local(day)
    was = {slot.start: slot.price_per_kwh for slot in prices.between(start, start + NIGHT_HOURS * HOUR)}
    expected = {at: guess(at) for at in was}
    taken = cheapest_of(expected)
    return (
        fmean(expected[at] for at in taken),
        fmean(was[at] for at in taken),
        fmean(was[at] for at in cheapest_of(was)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prices", type=Path, required=True, metavar="DIR")
    parser.add_argument("--every", type=int, default=4, metavar="DAYS", help="between two forecasts")
    arguments = parser.parse_args()
    names = sorted(path.stem for path in arguments.prices.glob("*_??min.csv"))
    names.sort(key=lambda name: name not in CHOSEN_ON)
    print(f"| prices | forecast | {' | '.join(f'{days} days' for days in AHEAD)} | cheapest night |")
    print(f"|---|---|{'---|' * len(AHEAD)}---|")
    for name in names:
        prices = read_csv(arguments.prices / f"{name}.csv")
        chosen = " (chosen on)" if name in CHOSEN_ON else ""
        for what, forecast in {"ours": ours, "week's mean": of_a_week}.items():
            errors, share = judged(prices, forecast, arguments.every)
            print(f"| {name}{chosen} | {what} | {' | '.join(f'{e:.4f}' for e in errors)} | {share:.0%} |", flush=True)


if __name__ == "__main__":
    main()
