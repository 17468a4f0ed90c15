"""Energy and time limits of charges, kept by us: a charge that has reached its own is stopped."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Self

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState
from smart_charging.entities.command import MOST_KWH, MOST_MINUTES
from smart_charging.errors import CommandError
from smart_charging.services.control.control import Control
from smart_charging.services.control.origins import Origin
from smart_charging.services.heartbeat import Clock
from smart_charging.services.store import Store
from smart_charging.services.watching.hub import Hub

LISTED_WITHIN = timedelta(minutes=3)
"""How long a charge may be missing from the cloud's list, when it has just been asked for."""

_OVER = (ChargeState.STOPPED, ChargeState.COMPLETED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLimit:
    """What a charge may come to, counted from its beginning; None is no bound."""

    energy_kwh: float | None = None
    duration: timedelta | None = None

    @classmethod
    def written(cls, *, kwh: object, minutes: object) -> Self | None:
        """From what somebody wrote; None when nothing was.

        Raises:
            CommandError: Something was written that is no such number.
        """
        energy_kwh = _number("limit_kwh", kwh, at_most=MOST_KWH)
        length = _number("limit_minutes", minutes, at_most=MOST_MINUTES)
        if energy_kwh is None and length is None:
            return None
        return cls(energy_kwh=energy_kwh, duration=None if length is None else timedelta(minutes=length))

    def __str__(self) -> str:
        energy = [] if self.energy_kwh is None else [f"{self.energy_kwh:g} kWh"]
        minutes = [] if self.duration is None else [f"{self.duration / timedelta(minutes=1):g} minutes"]
        return " or ".join(energy + minutes)


def _number(name: str, value: object, *, at_most: float) -> float | None:
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, str | int | float) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not 0 < number <= at_most:
        raise CommandError(f"{name} is {str(value)[:40]!r}; write a number more than 0, at most {at_most:g}")
    return number


class Verdict(Enum):
    """What is to be done about a limited charge."""

    WAIT = auto()
    STOP = auto()
    FORGET = auto()
    """The limit ended with its charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedCharge:
    """A limit and the charge it belongs to."""

    limit: ChargeLimit
    asked_at: datetime
    charge_id: str | None = None
    """None until the cloud has answered the start."""

    def verdict(self, charger: Charger, read_at: datetime, now: datetime) -> Verdict:
        """Judged by the charger as last read, which may be a while ago."""
        charge = self.charge_at(charger)
        if charge is None:
            return Verdict.WAIT if read_at - self.asked_at < LISTED_WITHIN else Verdict.FORGET
        if charge.state in _OVER:
            return Verdict.FORGET
        return Verdict.STOP if self._is_reached(charge, now) else Verdict.WAIT

    def charge_at(self, charger: Charger) -> Charge | None:
        """The charge; as long as its id is not known, the running one, unless that began much later."""
        if self.charge_id is not None:
            return next((charge for charge in charger.charges if charge.id == self.charge_id), None)
        running = charger.active_charge
        return running if running and running.created_at < self.asked_at + LISTED_WITHIN else None

    def ends_at(self, charger: Charger) -> datetime | None:
        """When its time is over; None without a bound in time or a charge."""
        charge = self.charge_at(charger)
        return _began_at(charge) + self.limit.duration if charge and self.limit.duration is not None else None

    def _is_reached(self, charge: Charge, now: datetime) -> bool:
        if charge.state is ChargeState.STOPPING or not charge.state.is_active:
            return False
        energy, duration = self.limit.energy_kwh, self.limit.duration
        has_energy = energy is not None and (charge.consumed_kwh or 0.0) >= energy
        return has_energy or (duration is not None and now - _began_at(charge) >= duration)

    def to_dict(self) -> Mapping[str, Any]:
        """For a Memory; what is None is left out."""
        seconds = None if self.limit.duration is None else self.limit.duration.total_seconds()
        found = {
            "energy_kwh": self.limit.energy_kwh,
            "duration_s": seconds,
            "asked_at": self.asked_at.isoformat(),
            "charge_id": self.charge_id,
        }
        return {key: value for key, value in found.items() if value is not None}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `facts`."""
        seconds = facts.get("duration_s")
        duration = None if seconds is None else timedelta(seconds=seconds)
        return cls(
            limit=ChargeLimit(energy_kwh=facts.get("energy_kwh"), duration=duration),
            asked_at=datetime.fromisoformat(facts["asked_at"]),
            charge_id=facts.get("charge_id"),
        )


def _began_at(charge: Charge) -> datetime:
    return charge.started_at or charge.created_at


LIMITS = "limits"
LOOK_AGAIN = timedelta(minutes=1)
"""Without a read of the chargers or an end in sight; also the pause before a stop is tried once more."""


class ChargeLimits:
    """Remembers the limits, over a restart too, and stops what has reached its own.

    It looks at every read of the chargers, but stops in a beat of its own: a read may be part
    of a command to that charger, which a stop would wait for.
    """

    def __init__(self, control: Control, hub: Hub, store: Store, *, clock: Clock, log: logging.Logger) -> None:
        self._control = control
        self._polling = hub.polling
        self._store = hub.store_of(store)
        self._clock = clock
        self._log = log
        self._kept: dict[str, LimitedCharge] = {}
        self._seen: dict[str, tuple[Charger, datetime]] = {}
        self._tried_at: dict[str, datetime] = {}
        self._complained: set[str] = set()
        self._said: set[str] = set()
        """Chargers of which it was said that their limit is reached; one that charges on is told to stop again."""
        self._leave: Callable[[], None] = lambda: None

    async def prepare(self) -> None:
        """Recall the limits of charges that may still run."""
        facts = await self._store.recall(LIMITS)
        self._kept = {charger_id: LimitedCharge.from_dict(kept) for charger_id, kept in facts.items()}

    def follow(self, wake: Callable[[], None]) -> None:
        """Look whenever the chargers were read."""

        async def on_read() -> None:
            if self._kept:
                wake()

        self._leave = self._polling.on_read(on_read)

    def close(self) -> None:
        """Stop following the chargers; what is kept stays kept."""
        self._leave()

    async def expect(self, charger_id: str, limit: ChargeLimit) -> LimitedCharge | None:
        """Keep a limit for a start that is about to be asked for; the one it takes the place of."""
        before = self._kept.get(charger_id)
        await self._keep(charger_id, LimitedCharge(limit=limit, asked_at=self._clock()))
        return before

    async def began(self, charger_id: str, limit: ChargeLimit, charge_id: str | None) -> None:
        """The start was accepted."""
        await self._keep(charger_id, LimitedCharge(limit=limit, asked_at=self._clock(), charge_id=charge_id))

    async def failed(self, charger_id: str, before: LimitedCharge | None) -> None:
        """The start was not; what `expect` answered is true again."""
        await self._keep(charger_id, before)

    async def beat(self) -> timedelta:
        """Stop what has to be stopped; how long to rest until the next time is over."""
        for charger_id in list(self._kept):
            if charger := self._polling.chargers.get(charger_id):
                await self._judge(charger, self._kept[charger_id])
        return min([LOOK_AGAIN, *self._rests()])

    async def _judge(self, charger: Charger, kept: LimitedCharge) -> None:
        match kept.verdict(charger, self._read_at(charger), self._clock()):
            case Verdict.FORGET:
                await self._keep(charger.id, None)
            case Verdict.STOP if charger.state is not ChargerState.OFFLINE and self._may_try(charger.id):
                await self._stop(charger, kept)
            case _:
                pass

    def _read_at(self, charger: Charger) -> datetime:
        """When these facts were new; while the cloud does not answer, a charge's absence from them means nothing."""
        seen, at = self._seen.get(charger.id, (None, None))
        if seen is not charger or at is None:
            at = self._clock()
            self._seen[charger.id] = (charger, at)
        return at

    def _may_try(self, charger_id: str) -> bool:
        """Every stop has the chargers read at once; stopping at every read would never rest."""
        tried_at = self._tried_at.get(charger_id)
        return tried_at is None or self._clock() - tried_at >= LOOK_AGAIN

    async def _stop(self, charger: Charger, kept: LimitedCharge) -> None:
        self._tried_at[charger.id] = self._clock()
        result = await self._control.stop(charger.id, origin=Origin.PERSON)  # whose limit it is
        if result.ok:
            self._complained.discard(charger.id)
            if charger.id not in self._said:
                self._said.add(charger.id)
                self._log.info("%s: the limit of %s is reached, the charge is stopped", charger.name, kept.limit)
        elif charger.id not in self._complained:
            self._complained.add(charger.id)
            self._log.warning(
                "%s: the limit of %s is reached, but the charge cannot be stopped (%s); tried again every minute",
                *(charger.name, kept.limit, result.error),
            )

    async def _keep(self, charger_id: str, kept: LimitedCharge | None) -> None:
        self._tried_at.pop(charger_id, None)
        self._complained.discard(charger_id)
        self._said.discard(charger_id)
        if kept:
            self._kept[charger_id] = kept
        else:
            self._kept.pop(charger_id, None)
        await self._store.remember(LIMITS, {key: limited.to_dict() for key, limited in self._kept.items()})

    def _rests(self) -> list[timedelta]:
        ends = (
            limited.ends_at(charger)
            for charger_id, limited in self._kept.items()
            if (charger := self._polling.chargers.get(charger_id))
        )
        now = self._clock()
        return [end - now for end in ends if end and end > now]
