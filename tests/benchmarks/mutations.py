"""Whether the judge of the nights notices planners that are wrong, whatever the night.

    PYTHONPATH=lib:tests:apps python -m benchmarks.mutations --seeds 10

Plays short nights that are drawn with a seed, as it is, and then with each mutation until it is convicted, and says of
what. A mutation that passes on one seed makes it fail, and so does a suspicion where nothing is wrong.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping

from worlds.nights.stretch import Stretch
from worlds.nights.wrong_planners import MUTATIONS, Mutation, SharpNights, as_it_is


def suspicions(mutation: Mutation, seed: str) -> Mapping[str, object]:
    """What the judge has to say of the first night in which it suspects anything."""
    nights = SharpNights(seed=seed)
    for night in (nights.quiet, nights.tight, nights.full_fuse):
        with mutation():
            played = Stretch(seed=seed, first=nights.day, nights=1, prices=nights.prices, written=night).play()
        if found := played.suspects():
            return found
    return {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = [f"mutant {number}" for number in range(parser.parse_args().seeds)]
    wrong = []
    for name, mutation in {"as it is": as_it_is, **MUTATIONS}.items():
        began = time.process_time()
        found = {seed: suspicions(mutation, seed) for seed in seeds}
        titles = Counter(title for some in found.values() for title in some)
        told = "; ".join(f"{title} ({count})" for title, count in titles.items()) or "nothing"
        print(f"{name}: {told}; {time.process_time() - began:.0f} s of CPU", flush=True)
        wrong += [f"{name}, {seed}" for seed, some in found.items() if bool(some) == (mutation is as_it_is)]
    sys.exit(f"not as it should be: {'; '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()
