"""Price sources of every shape, broken in every way: each is read or refused, none brings anything else down.

    PYTHONPATH=lib:tests python -m benchmarks.price_fuzz [--times 100000] [--seed 1]

What is read is held to what electricity can cost: the middle price of every source, and every single one.
"""

from __future__ import annotations

import argparse
import traceback
from collections import Counter
from random import Random
from statistics import median
from time import perf_counter

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.exchange_rates import PER_EURO
from smart_charging.prices.reading.sources import has_fees_inside, is_published, read_prices
from worlds.price_mangling import mangled
from worlds.price_shapes import NOW, SHAPES, ZONE

HIGHEST_MEDIAN_EUR, HIGHEST_EUR = 2.0, 25.0
UNKNOWN_PER_EURO = 12.0


def is_plausible(curve: PriceCurve) -> bool:
    per_euro = PER_EURO.get(curve.currency or "", UNKNOWN_PER_EURO)
    prices = [abs(slot.price_per_kwh) / per_euro for slot in curve]
    return median(prices) <= HIGHEST_MEDIAN_EUR and max(prices) <= HIGHEST_EUR


def outcome_of(name: str, random: Random) -> str:
    source = mangled(SHAPES[name].source, random)
    try:
        has_fees_inside(source)
        is_published(source)
        curve = read_prices(source, zone=ZONE, now=NOW)
    except PriceError as err:
        return "refused" if len(str(err)) < 1200 and "secret" not in str(err) else "refused, but says too much"
    except Exception:  # noqa: BLE001 - this is what is looked for
        traceback.print_exc()
        return "traceback"
    return "read" if is_plausible(curve) else "read, but implausible"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    random, names = Random(given.seed), list(SHAPES)  # noqa: S311 - not for secrets
    outcomes: Counter[str] = Counter()
    slowest_s, began = 0.0, perf_counter()
    for place in range(given.times):
        at = perf_counter()
        outcomes[outcome_of(names[place % len(names)], random)] += 1
        slowest_s = max(slowest_s, perf_counter() - at)
    took_s = perf_counter() - began
    print(f"{given.times} broken sources of {len(names)} shapes, seed {given.seed}")
    for outcome, count in outcomes.most_common():
        print(f"{count:8}  {outcome}")
    print(f"{1000 * took_s / given.times:.2f} ms each, the slowest {1000 * slowest_s:.0f} ms")


if __name__ == "__main__":
    main()
