"""What came of a night, by the truth of the meters: who started what, what was promised, what was kept.

Shares no code with the planner. A target was possible if charging without a pause would have met it from the latest of
plug-in, the end of the last disturbance, and an hour before it would have been late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from worlds.nights.cloud import Flow, TrueCharge
from worlds.nights.hardware import NOTICED_AFTER
from worlds.nights.optimum import cost_of, least_cost, most_cost, pieces
from worlds.nights.record import Blocked, Replug, Sent
from worlds.nights.settings import POLL_S
from worlds.nights.stage import Stage
from worlds.nights.visits import EFFICIENCY, MINUTE, NeedKind, Night, Trouble, Visit
from worlds.year_of_prices import HOUR

TOLERANCE_KWH = 0.1
POLL = timedelta(seconds=POLL_S)
REACTION = 2 * POLL + MINUTE
"""To a charge of somebody else's that fills the fuse, beside what its list is late."""
TAKE_OVER_WITHIN = 5 * MINUTE
SLACK = HOUR
"""Nobody has to be later than that before a charge would be too late."""
KNOWN_AFTER = 10 * MINUTE
"""How long energy flows until the power is known that a car takes."""
MEASURED_TO = 0.05
"""How exactly a car's power can be told from reports and reads minutes apart."""
PROMPT_WITHIN = 10 * MINUTE
_NO_TIME = timedelta(0)
HARMLESS = {
    Trouble.LOST_STOP,
    Trouble.TOKENS_REVOKED,
    Trouble.HOME_ASSISTANT_AWAY,
    Trouble.HELPERS_UNAVAILABLE,
    Trouble.BROKER_AWAY,
    Trouble.SOC_GLITCH,
    Trouble.METER_GLITCH,
    Trouble.KILLED_NEAR_EDGE,
}
"""Faults that are no excuse for a dearer night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One visit, judged."""

    visit: Visit
    delivered_kwh: float
    """By departure, and since the cable went in for the last time."""
    is_promised: bool
    """Whether the scheduler was to see to it, and nobody took that from it."""
    is_met: bool
    why_impossible: str | None
    """What made a missed target one that could not be met; None where nothing did."""
    overshoot: float | None
    """In intervals between two reports, at full power; None where a disturbance kept it from stopping."""
    starts: int
    second_starts: int
    off_starts: int
    foreign_stops: int
    takeovers: int
    cost: float
    """Until departure."""
    least: float
    """That the same energy could have cost."""
    most: float
    is_undisturbed: bool
    """Whether nothing but the scheduler had a say in the costs."""
    late: timedelta | None
    """Behind charging at once; None where that was not asked for."""

    @property
    def is_failure(self) -> bool:
        """Whether a promise was broken that could have been kept."""
        return self.is_promised and not self.is_met and self.why_impossible is None

    @property
    def ratio(self) -> float | None:
        """Cost to the least possible, where that says something."""
        return self.cost / self.least if self.least > 0.05 else None

    @property
    def is_dear(self) -> bool:
        """Whether an undisturbed night cost much more than it had to, or, which cannot be, less."""
        if not self.is_undisturbed or self.ratio is None:
            return False
        spared = (self.most - self.cost) / max(0.01, self.most - self.least)
        return self.ratio < 1 - 1e-6 or (self.ratio > 1.1 and spared < 0.9)

    @property
    def is_late(self) -> bool:
        return self.late is not None and self.late > PROMPT_WITHIN


class Judge:
    """Looks at one night on one stage."""

    def __init__(self, stage: Stage, night: Night) -> None:
        self._stage = stage
        self._night = night
        self._sent = stage.record.sent
        self._charges = {visit.charger: stage.truth[visit.charger] for visit in night.visits}
        self._world = stage.setup.world
        self._lag = self._world.habits.list_lag

    def verdicts(self) -> list[Verdict]:
        return [self._verdict(visit) for visit in self._night.visits]

    def fuse_exceeded_s(self) -> float:
        """For how long, by our doing: since a charge we began last, or could have ended by now."""
        fuse_kw = self._stage.setup.fuse_kw
        flows = [(flow, charge) for some in self._charges.values() for charge in some for flow in charge.flows]
        if fuse_kw is None:
            return 0.0
        edges = sorted({edge for flow, _ in flows for edge in (flow.start, flow.end)} | set(self._edges_of_deafness()))
        seconds = 0.0
        for start, end in pairwise(edges):
            now_on = [(flow, charge) for flow, charge in flows if flow.start <= start < flow.end]
            if sum(flow.power_kw for flow, _ in now_on) > fuse_kw + 1e-6 and not self._is_deaf(start):
                seconds += self._our_part(now_on, start, end)
        return seconds

    def _our_part(self, now_on: Sequence[tuple[Flow, TrueCharge]], start: datetime, end: datetime) -> float:
        if not any(self._started_by(charge) == "scheduler" for _, charge in now_on):
            return 0.0
        newest = max((charge for _, charge in now_on), key=lambda charge: charge.created_at)
        since = newest.created_at
        if self._started_by(newest) != "scheduler":
            since = self._first_free(since + REACTION + self._lag)
        return max(0.0, (end - max(start, since)).total_seconds())

    def _edges_of_deafness(self) -> Iterator[datetime]:
        for one in self._stage.record.blocked:
            if one.is_deaf:
                yield from (one.start, one.end)

    def _is_deaf(self, at: datetime) -> bool:
        return any(one.is_deaf and one.start <= at < one.end for one in self._stage.record.blocked)

    # -- one visit ---------------------------------------------------------

    def _verdict(self, visit: Visit) -> Verdict:
        charges, flows = self._charges[visit.charger], self._flows(visit)
        begins_at, ends_at = self._session_began_at(visit), min(visit.ready_by, visit.leaves_at)
        delivered, target = _kwh(flows, begins_at, ends_at), self._target(visit, flows)
        starts = [sent for sent in self._sent if sent.charger == visit.charger and sent.is_start and not sent.by_person]
        stops = [sent for sent in self._sent if sent.charger == visit.charger and not sent.is_start]
        is_promised = visit.mode != "off" and visit.leaves_at >= visit.ready_by and not self._is_overridden(visit)
        is_met = self._is_in_time(visit)
        foreign = [self._is_foreign(sent, charges) for sent in stops if not sent.by_person]
        priced = list(pieces(self._stage.prices, visit.arrives_at, ends_at))
        charged_kwh = _kwh(flows, visit.arrives_at, ends_at)
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
            cost=cost_of(flows, priced),
            least=least_cost(priced, charged_kwh, visit.power_kw),
            most=most_cost(priced, charged_kwh, visit.power_kw),
            is_undisturbed=is_promised and is_met and self._is_undisturbed(visit),
            late=self._late(visit, flows, target) if is_promised and visit.mode == "now" else None,
        )

    def _session_began_at(self, visit: Visit) -> datetime:
        """Cables that were out so long that nobody can have missed it begin another one."""
        noticed = (one.in_at for one in self._replugs(visit) if one.in_at - one.out_at >= NOTICED_AFTER)
        return max(noticed, default=visit.arrives_at)

    def _replugs(self, visit: Visit) -> list[Replug]:
        return [one for one in self._stage.record.replugs if one.charger == visit.charger]

    def _target(self, visit: Visit, flows: Sequence[Flow]) -> float:
        before = _kwh(flows, visit.arrives_at, self._session_began_at(visit))
        if visit.kind is NeedKind.SOC:
            return max(0.0, min(visit.wanted_kwh, visit.takes_kwh) - before)
        return min(visit.wanted_kwh, visit.takes_kwh - before)

    def _is_overridden(self, visit: Visit) -> bool:
        """Whether a person took over, and did not give it back."""
        given_back_at = self._given_back_at(visit.charger) or visit.arrives_at
        return any(
            charger == visit.charger and at >= given_back_at for at, charger in self._stage.record.manual_actions
        )

    def _given_back_at(self, charger: int) -> datetime | None:
        return max((at for at, some in self._stage.record.returns if some == charger), default=None)

    def _coarseness(self, visit: Visit) -> float:
        """Of what the need was told in, beyond a meter's: whole percents, or hours at a measured power."""
        if visit.kind is NeedKind.SOC:
            return visit.battery_kwh / 100 / EFFICIENCY
        is_measured = visit.kind is NeedKind.HOURS and self._stage.believed_kw[visit.charger] != visit.power_kw
        return visit.wanted_kwh * MEASURED_TO if is_measured else 0.0

    def _started_by(self, charge: TrueCharge) -> str:
        if charge.by != "api":
            return charge.by
        mine = [
            sent
            for sent in self._sent
            if sent.is_start and self._stage.point_ids[sent.charger] == charge.point_id and sent.at <= charge.created_at
        ]
        return "person" if mine and mine[-1].by_person else "scheduler"

    def _is_begun_anew(self, stop: Sent) -> bool:
        """Whether a person pressed start for a charge that did not flow, which is stopped for that."""
        return any(
            sent.is_start and sent.by_person and _NO_TIME <= sent.at - stop.at < MINUTE
            for sent in self._sent
            if sent.charger == stop.charger
        )

    def _is_foreign(self, sent: Sent, charges: Iterable[TrueCharge]) -> str | None:
        charge = next((charge for charge in charges if charge.id == sent.stopped), None)
        if charge is None or self._started_by(charge) == "scheduler" or self._is_begun_anew(sent):
            return None
        given_back_at = self._given_back_at(sent.charger)
        if given_back_at and charge.created_at <= given_back_at <= sent.at:
            return "takeover"
        visit = next(visit for visit in self._night.visits if visit.charger == sent.charger)
        plugged_in_at = max(
            (one.in_at for one in self._replugs(visit) if one.in_at <= charge.created_at), default=visit.arrives_at
        )
        earlier = [one for one in charges if plugged_in_at <= one.created_at < charge.created_at]
        is_first = not earlier and charge.created_at - plugged_in_at < TAKE_OVER_WITHIN
        return "takeover" if is_first and self._started_by(charge) != "person" else "foreign"

    # -- possible or not -----------------------------------------------------

    def _why_impossible(self, visit: Visit, flows: Sequence[Flow], target: float) -> str | None:
        """The last disturbance, where it ended too late for what was missing then; None where there was time."""
        needed = HOUR * (target / visit.power_kw)
        began_at, why = max(
            (self._session_began_at(visit), "plugged in late"),
            (visit.ready_by - needed - SLACK, "turns on the fuse"),
            *((min(one.end, visit.ready_by), one.why) for one in self._disturbances(visit, flows)),
        )
        return None if self._slack(visit, began_at) >= timedelta(0) else why

    def _slack(self, visit: Visit, at: datetime) -> timedelta:
        """How long one could still wait; where cars take turns also without making another late that was in time."""
        together = [visit] if self._stage.setup.fuse_kw is None else self._night.visits
        there = [other for other in together if other.arrives_at <= at and other.mode != "off"]
        taken = {other.charger: self._still_takes(other, at) for other in there}
        in_time = [other for other in there if other.ready_by > visit.ready_by and self._is_in_time(other)]
        return min(
            last.ready_by - at - sum((taken[one.charger] for one in there if one.ready_by <= last.ready_by), _NO_TIME)
            for last in (visit, *in_time)
        )

    def _still_takes(self, visit: Visit, at: datetime) -> timedelta:
        flows = self._flows(visit)
        missing = max(0.0, self._target(visit, flows) - _kwh(flows, self._session_began_at(visit), at))
        return HOUR * (missing / visit.power_kw)

    def _is_in_time(self, visit: Visit) -> bool:
        flows, ends_at = self._flows(visit), min(visit.ready_by, visit.leaves_at)
        delivered = _kwh(flows, self._session_began_at(visit), ends_at)
        return delivered >= self._target(visit, flows) - max(TOLERANCE_KWH, self._coarseness(visit))

    def _flows(self, visit: Visit) -> list[Flow]:
        return [flow for charge in self._charges[visit.charger] for flow in charge.flows]

    def _disturbances(self, visit: Visit, flows: Sequence[Flow]) -> Iterator[Blocked]:
        for one in self._blocks(visit.charger):
            if one.start < visit.ready_by and one.end > visit.arrives_at:
                yield one
        yield from self._fuse_taken(visit)
        for other in self._of_unknown_power(visit):
            known_at = (_known_at(self._flows(other)) if self._world.tells_energy else None) or other.ready_by
            yield Blocked(other.arrives_at, min(known_at, visit.ready_by), "wrong power", visit.charger)

    def _of_unknown_power(self, visit: Visit) -> Iterator[Visit]:
        """Cars that nobody can plan for: they take longer than told, or another part of a fuse in common."""
        for other in [visit] if self._stage.setup.fuse_kw is None else self._night.visits:
            is_more = self._stage.believed_kw[other.charger] > other.power_kw
            if is_more or (other is not visit and self._stage.believed_kw[other.charger] != other.power_kw):
                yield other

    def _fuse_taken(self, visit: Visit) -> Iterator[Blocked]:
        """While charges that are not the scheduler's leave too little of the fuse; one that rests may go on."""
        fuse_kw = self._stage.setup.fuse_kw
        for other in self._night.visits:
            taken_kw = max(other.power_kw, other.told_kw) + visit.power_kw
            if fuse_kw is None or other is visit or taken_kw <= fuse_kw:
                continue
            for charge in self._charges[other.charger]:
                if self._started_by(charge) != "scheduler" and charge.created_at < visit.ready_by:
                    end = (charge.stopped_at or visit.ready_by) + REACTION + self._lag
                    yield Blocked(charge.created_at, end, "fuse taken by others", visit.charger)

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

    # -- energy, time and money -----------------------------------------------

    def _overshoot(self, visit: Visit, flows: Sequence[Flow]) -> float | None:
        """Relative to one interval; what cannot be measured finer than a percent of the battery is free."""
        last_in_at = max((one.in_at for one in self._replugs(visit)), default=visit.arrives_at)
        before = _kwh(flows, visit.arrives_at, last_in_at)
        allowed = visit.wanted_kwh + (0.0 if visit.kind is NeedKind.SOC else before)
        reached_at = _reached(flows, visit.wanted_kwh)
        if reached_at is None:
            return 0.0
        if self._stage.believed_kw[visit.charger] != visit.power_kw and not self._world.tells_energy:
            return None
        interval = self._world.habits.meter_rhythm + self._lag + POLL  # each waits for the one before
        seen_by = reached_at + interval + REACTION
        if any(one.start <= seen_by and reached_at <= one.end for one in self._blocks(visit.charger)):
            return None
        total = _kwh(flows, visit.arrives_at, visit.leaves_at) - self._wanted_more_kwh(visit, reached_at)
        return max(0.0, total - allowed - self._coarseness(visit)) / (visit.power_kw * (interval / HOUR))

    def _wanted_more_kwh(self, visit: Visit, reached_at: datetime) -> float:
        """What a person charged by hand when the car had all it was to have."""
        charges = [one for one in self._charges[visit.charger] if one.created_at > reached_at]
        flows = [flow for one in charges if self._started_by(one) == "person" for flow in one.flows]
        return _kwh(flows, reached_at, visit.leaves_at)

    def _late(self, visit: Visit, flows: Sequence[Flow], target: float) -> timedelta | None:
        """Behind one who charges whenever nothing disturbs; where cars take turns, nobody can say."""
        began_at = self._session_began_at(visit)
        reached_at = _reached([flow for flow in flows if flow.start >= began_at], target - TOLERANCE_KWH)
        if reached_at is None or self._stage.setup.fuse_kw is not None:
            return None
        lost = _covered(self._disturbances(visit, flows), began_at, reached_at)
        return reached_at - began_at - lost - HOUR * (target / visit.power_kw)

    def _is_undisturbed(self, visit: Visit) -> bool:
        faults = [one for one in self._night.faults if one.trouble not in HARMLESS]
        takes_turns = self._stage.setup.fuse_kw is not None and len(self._night.visits) > 1
        return not faults and not takes_turns and visit.mode == "smart"


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


def _known_at(flows: Sequence[Flow]) -> datetime | None:
    """When energy had flowed for long enough to know its power."""
    left = KNOWN_AFTER
    for flow in sorted(flows, key=lambda flow: flow.start):
        if flow.end - flow.start >= left:
            return flow.start + left
        left -= flow.end - flow.start
    return None


def _covered(some: Iterable[Blocked], start: datetime, end: datetime) -> timedelta:
    """How much of an interval is in some of these."""
    covered, at = timedelta(0), start
    for one in sorted(some, key=lambda one: one.start):
        if one.end > at and one.start < end:
            covered += min(one.end, end) - max(one.start, at)
            at = min(one.end, end)
    return covered
