"""Shows what came of a round: each charger's plan or why there is none, and the prices."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from smart_charging.entities.plan_view import PlanState
from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.control.accounts import CommandedAccount
from smart_charging.services.heartbeat import Bulkhead
from smart_charging.services.notify.notifier import Notifier
from smart_charging.services.peaks.peaks import Peaks
from smart_charging.services.pricing.feed import PriceFeed
from smart_charging.services.scheduling.charger_scheduler import ChargerScheduler
from smart_charging.services.scheduling.co2 import Co2
from smart_charging.services.scheduling.configured_fuse import ConfiguredFuse
from smart_charging.services.scheduling.execution import Execution
from smart_charging.services.scheduling.presenter import Presenter
from smart_charging.services.scheduling.snapshot import Snapshot


class RoundView:
    """Gathers what the presenter shows.

    Args:
        problems: Those of the configuration itself, shown with every plan.
    """

    def __init__(
        self,
        presenter: Presenter,
        notifier: Notifier,
        chargers: Mapping[str, ChargerScheduler],
        accounts: Sequence[CommandedAccount],
        *,
        prices: PriceFeed,
        fuse: ConfiguredFuse,
        co2: Co2,
        peaks: Peaks | None,
        bulkhead: Bulkhead,
        problems: Sequence[str],
    ) -> None:
        self._presenter = presenter
        self._notifier = notifier
        self._chargers = chargers
        self._accounts = accounts
        self._prices = prices
        self._fuse = fuse
        self._co2 = co2
        self._peaks = peaks
        self._bulkhead = bulkhead
        self._problems = problems

    async def show(
        self,
        snapshots: Sequence[Snapshot],
        plans: Mapping[str, Plan],
        troubles: Mapping[str, str],
        curve: PriceCurve,
        now: datetime,
    ) -> None:
        """Publish all of it; whatever else waits for the loop has its turn between two chargers.

        Args:
            troubles: Why chargers do not do what their plans say.
        """
        for snapshot in snapshots:
            plan = plans.get(snapshot.key)
            if plan is None and snapshot.request:  # the next round, which follows at once, has a plan for it
                continue
            shown = self._show(snapshot, plan, troubles.get(snapshot.key), curve, now)
            await self._bulkhead.survived(snapshot.charger.name, shown)
            await asyncio.sleep(0)
        hubs = [account.hub for account in self._accounts]
        await self._bulkhead.survived("Past prices", self._presenter.show_prices(hubs, self._prices.history, now))
        await self._notifier.prices_missing(self._prices.problem)

    async def _show(
        self, snapshot: Snapshot, plan: Plan | None, trouble: str | None, curve: PriceCurve, now: datetime
    ) -> None:
        scheduler = self._chargers[snapshot.key]
        execution, is_ours = scheduler.execution, snapshot.state in {None, PlanState.OFF}
        disobedience = execution.disobedience(snapshot.charger, plan, now) if is_ours else None
        awaits_energy = plan is not None and execution.awaits_energy(snapshot.charger, now)
        state = PlanState.STUCK if disobedience else snapshot.state
        await self._presenter.show(
            scheduler.account.hub,
            snapshot,
            state or (_planned_state(snapshot, execution, plan, now) if plan else PlanState.IDLE),
            plan,
            trouble=disobedience or snapshot.with_reason(trouble or (execution.trouble if plan else None)),
            problems=[*self._problems, *scheduler.settings_reader.problems, *self._common_problems(now)],
            prices=partial(self._prices.estimated, curve, now),
            prices_known_until=curve.known_until,
            awaits_energy=awaits_energy,
            co2=self._co2.view(plan, snapshot.co2_g, now),
            peak=self._peaks.view(snapshot.key, now) if self._peaks else None,
            now=now,
        )

    def _common_problems(self, now: datetime) -> Sequence[str]:
        """Those of what all chargers are planned with."""
        prices = [f"prices: {self._prices.problem}"] if self._prices.problem else []
        return [*self._fuse.problems, *prices, *self._co2.problems(now)]


def _planned_state(snapshot: Snapshot, execution: Execution, plan: Plan, now: datetime) -> PlanState:
    state = execution.state_of(snapshot.charger, plan, now)
    return PlanState.SKIPPED if snapshot.is_skipped and state is PlanState.DONE else state
