"""What Monta's events save in requests, and how much sooner a cable is seen, at the Partner API.

    PYTHONPATH=lib:tests python -m benchmarks.webhooks

Hours in virtual time over the stand-in: cars come and go by a seed, each charges for a while, and the account is read
as a monitor reads it. With events, a part of them is lost or late, as `--lost` and `--late` say.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from worlds.pushed import Mail, Pushed, subscribe
from worlds.virtual_time import Clock

SIZES = (1, 12, 150, 1500)
_VISITS_A_DAY = 1.5
"""Of each charger, as at home and at work; one charger alone gets more, for the sake of its figures."""
_VISITS_OF_ONE = 24
_STAY = timedelta(hours=5)
_SHORT_STAY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    chargers: int
    how: str
    requests_an_hour: float
    seen_after_s: Sequence[float]

    def __str__(self) -> str:
        ordered = sorted(self.seen_after_s)
        spread = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.95, 1)] or [0.0]
        cells = [self.chargers, self.how, f"{self.requests_an_hour:.0f}", " / ".join(f"{s:.1f}" for s in spread)]
        return f"| {' | '.join(map(str, cells))} | {len(ordered)} |"


async def played(chargers: int, hours: float, mail: Mail | None, folder: Path) -> Row:
    """Some hours at so many chargers; without mail there are no events."""
    clock, dice = Clock(), random.Random(2026)  # noqa: S311  # repeatable, guards nothing
    operator = PartnerStandIn(now=clock)
    ids = [operator.add_charge_point(f"Bay {number}", starts_by_itself=True) for number in range(chargers)]
    if mail:
        subscribe(operator, folder)
    pushed = Pushed(operator, clock, folder, mail or Mail())
    await pushed.live(minutes=2)
    operator.requests.clear()
    await _drive(pushed, ids, hours, dice)
    requests = len(operator.requests) / hours
    return Row(chargers, "with events" if mail else "without", requests, pushed.seen_after_s)


async def _drive(pushed: Pushed, ids: Sequence[int], hours: float, dice: random.Random) -> None:
    """Cars come at random to free chargers, and leave after their stay."""
    until = pushed.clock.at + timedelta(hours=hours)
    visits = (_VISITS_OF_ONE if len(ids) == 1 else _VISITS_A_DAY * len(ids)) * hours / 24
    stay = _SHORT_STAY if len(ids) == 1 else _STAY
    leaves: dict[int, datetime] = {}
    while pushed.clock.at < until:
        await pushed.live(seconds=min(dice.expovariate(visits / (hours * 3600)), 600))
        for point_id in [one for one, at in leaves.items() if at <= pushed.clock.at]:
            pushed.unplug(point_id)
            del leaves[point_id]
        free = [one for one in ids if one not in leaves]
        if free:
            leaves[point_id := dice.choice(free)] = pushed.clock.at + stay * dice.uniform(0.5, 1.5)
            pushed.plug_in(point_id, wants_kwh=dice.uniform(5, 40))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--chargers", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--lost", type=float, default=0.0)
    parser.add_argument("--late", type=float, default=0.0)
    arguments = parser.parse_args()
    print("| chargers | | requests an hour | seconds until a cable is seen: median / 95 % / worst | cables |")
    print("|---|---|---|---|---|")
    for chargers in arguments.chargers:
        for mail in (None, Mail(lost=arguments.lost, late=arguments.late)):
            with tempfile.TemporaryDirectory() as folder:
                print(asyncio.run(played(chargers, arguments.hours, mail, Path(folder))), flush=True)


if __name__ == "__main__":
    main()
