"""What came of a night, by the truth of the stand-in's meters: who started what, what was promised, what was kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from smart_charging.clouds.monta.stand_in.site import Charge, Flow
from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.planning.need import Need
from worlds.nights.record import Blocked, Sent
from worlds.nights.settings import POLL_S
from worlds.nights.stage import Stage
from worlds.nights.visits import EFFICIENCY, MINUTE, NeedKind, Night, Trouble, Visit
from worlds.year_of_prices import HOUR

TOLERANCE_KWH = 0.1
STEP = timedelta(seconds=30)
REACTION = 2 * timedelta(seconds=POLL_S) + timedelta(seconds=60)
"""To a charge of somebody else's that fills the fuse."""
TAKE_OVER_WITHIN = 5 * MINUTE
HARMLESS = {Trouble.LOST_STOP, Trouble.TOKENS_REVOKED, Trouble.HOME_ASSISTANT_AWAY, Trouble.HELPERS_UNAVAILABLE}
"""Faults that are no excuse for a dearer night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One visit, judged."""

    visit: Visit
    delivered_kwh: float
    """By departure."""
    is_promised: bool
    """Whether the scheduler was to see to it, and nobody took that from it."""
    is_met: bool
    why_impossible: str | None
    """What made a missed target one that could not be met; None where nothing did."""
    overshoot: float | None
    """In polling intervals at full power; None where faults kept it from stopping, or nothing was promised."""
    starts: int
    second_starts: int
    off_starts: int
    foreign_stops: int
    takeovers: int
    cost: float
    optimum: float | None
    """With all prices known in advance; None where faults or people had a say in the costs."""

    @property
    def is_failure(self) -> bool:
        """Whether a promise was broken that could have been kept."""
        return self.is_promised and not self.is_met and self.why_impossible is None


class Judge:
    """Looks at one night on one stage."""

    def __init__(self, stage: Stage, night: Night) -> None:
        self._stage = stage
        self._night = night
        self._sent = stage.record.sent
        self._charges = {visit.charger: stage.charges(visit) for visit in night.visits}

    def verdicts(self) -> list[Verdict]:
        return [self._verdict(visit) for visit in self._night.visits]

    def fuse_exceeded_s(self) -> float:
        """For how long, by our doing: since a charge we began last, or could have ended by now."""
        fuse_kw = self._stage.setup.fuse_kw
        flows = [(flow, charge) for some in self._charges.values() for charge in some for flow in charge.flows]
        if fuse_kw is None:
            return 0.0
        edges = sorted({edge for flow, _ in flows for edge in (flow.start, flow.end)})
        seconds = 0.0
        for start, end in pairwise(edges):
            now_on = [(flow, charge) for flow, charge in flows if flow.start <= start < flow.end]
            if sum(flow.power_kw for flow, _ in now_on) > fuse_kw + 1e-6:
                seconds += self._our_part(now_on, start, end)
        return seconds

    def _our_part(self, now_on: Sequence[tuple[Flow, Charge]], start: datetime, end: datetime) -> float:
        if not any(self._started_by(charge) == "scheduler" for _, charge in now_on):
            return 0.0
        newest = max((charge for _, charge in now_on), key=lambda charge: charge.created_at)
        since = newest.created_at
        if self._started_by(newest) != "scheduler":
            since = self._first_free(since + REACTION)
        return max(0.0, (end - max(start, since)).total_seconds())

    # -- one visit ---------------------------------------------------------

    def _verdict(self, visit: Visit) -> Verdict:
        charges = self._charges[visit.charger]
        flows = [flow for charge in charges for flow in charge.flows]
        delivered = _kwh(flows, visit.arrives_at, min(visit.ready_by, visit.leaves_at))
        target = min(visit.wanted_kwh, visit.takes_kwh)
        starts = [sent for sent in self._sent if sent.charger == visit.charger and sent.is_start and not sent.by_person]
        stops = [sent for sent in self._sent if sent.charger == visit.charger and not sent.is_start]
        is_promised = visit.mode != "off" and visit.leaves_at >= visit.ready_by and not self._is_overridden(visit)
        is_met = delivered >= target - max(TOLERANCE_KWH, self._coarseness(visit))
        foreign = [self._is_foreign(sent, charges) for sent in stops if not sent.by_person]
        return Verdict(
            visit=visit,
            delivered_kwh=delivered,
            is_promised=is_promised,
            is_met=is_met,
            why_impossible=None if is_met or not is_promised else self._why_impossible(visit, flows, target),
            overshoot=self._overshoot(visit, flows) if is_promised else None,
            starts=len(starts),
            second_starts=sum(sent.is_second for sent in starts),
            off_starts=sum(sent.mode == "off" for sent in starts),
            foreign_stops=foreign.count("foreign"),
            takeovers=foreign.count("takeover"),
            cost=self._cost(flows),
            optimum=self._optimum(visit, flows) if is_promised and is_met else None,
        )

    def _is_overridden(self, visit: Visit) -> bool:
        """Whether a person took over, and did not give it back."""
        given_back_at = self._given_back_at(visit.charger) or visit.arrives_at
        return any(
            charger == visit.charger and at >= given_back_at for at, charger in self._stage.record.manual_actions
        )

    def _given_back_at(self, charger: int) -> datetime | None:
        return max((at for at, some in self._stage.record.returns if some == charger), default=None)

    @staticmethod
    def _coarseness(visit: Visit) -> float:
        """Of what the need was told in, beyond a meter's: cars tell whole percents."""
        return visit.battery_kwh / 100 / EFFICIENCY if visit.kind is NeedKind.SOC else 0.0

    def _started_by(self, charge: Charge) -> str:
        if charge.by != "api":
            return charge.by
        mine = [
            sent
            for sent in self._sent
            if sent.is_start and self._stage.point_ids[sent.charger] == charge.point.id and sent.at <= charge.created_at
        ]
        return "person" if mine and mine[-1].by_person else "scheduler"

    def _is_foreign(self, sent: Sent, charges: Iterable[Charge]) -> str | None:
        charge = next((charge for charge in charges if charge.id == sent.stopped), None)
        if charge is None or self._started_by(charge) == "scheduler":
            return None
        given_back_at = self._given_back_at(sent.charger)
        if given_back_at and charge.created_at <= given_back_at <= sent.at:
            return "takeover"
        plugged_in_at = charge.cable_plugged_in_at or charge.created_at
        earlier = [one for one in charges if one.created_at < charge.created_at]
        is_first = not earlier and charge.created_at - plugged_in_at < TAKE_OVER_WITHIN
        return "takeover" if is_first and self._started_by(charge) != "person" else "foreign"

    # -- possible or not -----------------------------------------------------

    def _why_impossible(self, visit: Visit, flows: Sequence[Flow], target: float) -> str | None:
        """The fault during which the target went out of reach; None when it did so while all was well.

        Out of reach is what cannot be charged any more even at once and without a break,
        with the power as far as it was known then.
        """
        at, before = visit.arrives_at, self._blocked_by(visit.charger, visit.arrives_at)
        while at < visit.ready_by:
            if self._slack(visit, flows, target, at) < timedelta(0):
                is_surprise = self._known_power(visit, flows, at) < self._known_power(visit, flows, at - STEP)
                return "wrong power" if is_surprise else before
            before = self._blocked_by(visit.charger, at)
            at += STEP
        return self._blocked_by(visit.charger, visit.ready_by)

    def _slack(self, visit: Visit, flows: Sequence[Flow], target: float, at: datetime) -> timedelta:
        """How long one could still wait: for all that have to be ready before, where they take turns."""
        together = [visit] if self._stage.setup.fuse_kw is None else self._night.visits
        used = timedelta(0)
        for other in together:
            if other.arrives_at <= at and other.ready_by <= visit.ready_by and other.mode != "off":
                mine = flows if other is visit else [f for c in self._charges[other.charger] for f in c.flows]
                goal = target if other is visit else min(other.wanted_kwh, other.takes_kwh)
                missing = max(0.0, goal - _kwh(mine, other.arrives_at, at))
                used += HOUR * (missing / self._known_power(other, mine, at))
        return visit.ready_by - at - used

    def _known_power(self, visit: Visit, flows: Sequence[Flow], at: datetime) -> float:
        """What the settings say or the last time has shown, until there were some minutes to measure it."""
        known = sum(((min(f.end, at) - f.start) for f in flows if f.start < at), timedelta(0)) > 10 * MINUTE
        return visit.power_kw if known else self._stage.believed_kw[visit.charger]

    def _blocked_by(self, charger: int, at: datetime) -> str | None:
        """The trouble at a moment, if there is one."""
        if self._is_fuse_taken(charger, at):
            return "fuse taken by others"
        return next((one.why for one in self._blocks(charger) if one.start <= at <= one.end), None)

    def _is_fuse_taken(self, charger: int, at: datetime) -> bool:
        """Whether charges that are not the scheduler's leave too little of the fuse; one that rests may go on."""
        fuse_kw = self._stage.setup.fuse_kw
        own_kw = taken_kw = 0.0
        for visit in self._night.visits:
            if visit.charger == charger:
                own_kw = visit.power_kw
            elif any(self._is_others(charge, at) for charge in self._charges[visit.charger]):
                taken_kw += max(visit.power_kw, visit.told_kw)
        return fuse_kw is not None and taken_kw > 0 and taken_kw + own_kw > fuse_kw

    def _is_others(self, charge: Charge, at: datetime) -> bool:
        is_open = charge.created_at <= at and (charge.stopped_at is None or at < charge.stopped_at)
        return is_open and self._started_by(charge) != "scheduler"

    def _blocks(self, charger: int) -> list[Blocked]:
        record = self._stage.record
        given_back_at = self._given_back_at(charger)
        manual = [at for at, some in record.manual_actions if some == charger]
        overridden = (
            [Blocked(min(manual), given_back_at + MINUTE, "by hand", charger)] if manual and given_back_at else []
        )
        return overridden + [one for one in record.blocked if one.charger in {None, charger}]

    def _first_free(self, at: datetime) -> datetime:
        """The first moment from then on at which one can stop and start."""
        for block in sorted(self._stage.record.blocked, key=lambda block: block.start):
            if block.start <= at < block.end:
                at = block.end
        return at

    # -- energy and money ------------------------------------------------------

    def _overshoot(self, visit: Visit, flows: Sequence[Flow]) -> float | None:
        """Relative to one polling interval; what cannot be measured finer than a percent of the battery is free."""
        reached_at = _reached(flows, visit.wanted_kwh)
        if reached_at is None:
            return 0.0
        if any(one.start <= reached_at + REACTION and reached_at <= one.end for one in self._blocks(visit.charger)):
            return None
        total = _kwh(flows, visit.arrives_at, visit.leaves_at)
        return max(0.0, total - visit.wanted_kwh - self._coarseness(visit)) / (visit.power_kw * POLL_S / 3600)

    def _cost(self, flows: Iterable[Flow]) -> float:
        return sum(
            slot.price_per_kwh * flow.kwh_between(slot.start, slot.end)
            for flow in flows
            if flow.end > flow.start
            for slot in self._stage.prices.between(flow.start, flow.end)
        )

    def _optimum(self, visit: Visit, flows: Sequence[Flow]) -> float | None:
        """Of the energy that was charged, so that a little too much of it is no gain."""
        faults = [fault for fault in self._night.faults if fault.trouble not in HARMLESS]
        is_alone = len(self._night.visits) == 1
        if faults or not is_alone or visit.mode != "smart":
            return None
        kwh = _kwh(flows, visit.arrives_at, visit.ready_by)
        need = Need(energy_kwh=kwh, power_kw=visit.power_kw, ready_by=visit.ready_by, margin=timedelta(0))
        curve = self._stage.prices.between(visit.arrives_at, visit.ready_by)
        return cheapest_plan(curve, need, visit.arrives_at).cost


def _kwh(flows: Iterable[Flow], start: datetime, end: datetime) -> float:
    return sum(flow.kwh_between(start, end) for flow in flows)


def _reached(flows: Sequence[Flow], kwh: float) -> datetime | None:
    """When so much had been charged."""
    for flow in sorted(flows, key=lambda flow: flow.start):
        here = flow.kwh_between(flow.start, flow.end)
        if here >= kwh:
            return flow.start + HOUR * (kwh / flow.power_kw)
        kwh -= here
    return None
