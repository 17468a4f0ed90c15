"""Whatever comes from outside, broken in every way: the apps must not raise, hang, or be broken for good.

    PYTHONPATH=lib:apps:tests python -m benchmarks.fuzz [--seconds 60] [--kind memory] [--seed 1]

Cases are drawn by seed, kind after kind. A finding is printed with the kind and the seed that play it again:
`--kind memory --seed 17 --seconds 0` plays that one case.
"""

from __future__ import annotations

import argparse
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from time import perf_counter

from worlds.hostile import broken_memory, odd_answers, odd_arguments, odd_commands, odd_moments

Case = Callable[[Random], str | None]
KINDS: Mapping[str, Case] = {
    "answers": odd_answers.case,
    "arguments": odd_arguments.arguments_case,
    "clock": odd_moments.clock_case,
    "kills": odd_moments.cut_case,
    "command line": odd_arguments.command_line_case,
    "commands": odd_commands.case,
    "memory": broken_memory.case,
}


def finding_of(kind: str, seed: int) -> str | None:
    """What went wrong in one case; None when nothing did."""
    try:
        return KINDS[kind](Random(f"{kind} {seed}"))  # noqa: S311 - not for secrets
    except Exception:  # noqa: BLE001 - this is what is looked for
        return traceback.format_exc()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--kind", choices=[*KINDS], action="append", help="of which to play; all by default")
    parser.add_argument("--seed", type=int, default=1, help="of the first case")
    given = parser.parse_args()
    kinds, seed, began = given.kind or [*KINDS], given.seed, perf_counter()
    cases: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    took_s: Counter[str] = Counter()
    while True:
        for kind in kinds:
            at = perf_counter()
            found = finding_of(kind, seed)
            took_s[kind] += perf_counter() - at  # type: ignore[assignment]  # a counter of seconds
            cases[kind] += 1
            if found:
                findings[kind] += 1
                print(f"{kind} {seed}: {found}", flush=True)
        seed += 1
        if perf_counter() - began >= given.seconds:
            break
    for kind in kinds:
        print(f"{cases[kind]:8} {kind}: {findings[kind]} findings, {1000 * took_s[kind] / cases[kind]:.0f} ms each")
    print(f"{cases.total()} cases from seed {given.seed} on, {findings.total()} findings")


if __name__ == "__main__":
    main()
