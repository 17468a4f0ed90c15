"""Whether the judge of the nights notices a planner that is wrong.

    PYTHONPATH=lib:tests:apps python -m benchmarks.mutations

Plays the same nights with each mutation, and says what it is convicted of. One that nobody notices makes it fail.
"""

from __future__ import annotations

import sys

from worlds.nights.stretch import Result, Stretch
from worlds.nights.wrong_planners import DAY, FULL_FUSE, MUTATIONS, QUIET, TIGHT, Mutation, as_it_is, sharp_prices


def played(mutation: Mutation) -> Result:
    result = Result()
    with mutation():
        for night in (QUIET, TIGHT, FULL_FUSE):
            result.add(Stretch(seed="mutant", first=DAY, nights=1, prices=sharp_prices(), written=night).play())
    return result


def main() -> None:
    unnoticed = []
    for name, mutation in {"as it is": as_it_is, **MUTATIONS}.items():
        suspects = played(mutation).suspects()
        print(f"{name}: {'; '.join(f'{title} ({len(names)})' for title, names in suspects.items()) or 'nothing'}")
        if bool(suspects) == (mutation is as_it_is):
            unnoticed.append(name)
    sys.exit(f"not as it should be: {', '.join(unnoticed)}" if unnoticed else 0)


if __name__ == "__main__":
    main()
