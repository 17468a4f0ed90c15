"""Energy and time limits of single charges, enforced by us: a charge that reaches its limit is stopped."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Self

from smart_charging.charger import Charge, Charger, ChargeState
from smart_charging.entities.command import MOST_KWH, MOST_MINUTES
from smart_charging.errors import CommandError
from smart_charging.services.control.control import Control
from smart_charging.services.control.origins import Origin
from smart_charging.services.heartbeat import Clock
from smart_charging.services.store import Store, recalled_part
from smart_charging.services.stored import moment, number, optional, text
from smart_charging.services.watching.hub import Hub

LISTED_WITHIN = timedelta(minutes=3)
"""How long after its start a charge may be missing from the cloud's list."""

_OVER = (ChargeState.STOPPED, ChargeState.COMPLETED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLimit:
    """The most energy and time of a charge, counted from its start; None is no limit."""

    energy_kwh: float | None = None
    duration: timedelta | None = None

    @classmethod
    def written(cls, *, kwh: object, minutes: object) -> Self | None:
        """Read the arguments of a start; None when neither is given.

        Raises:
            CommandError: One of them is not a number within its range.
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
    """What to do about a limited charge."""

    WAIT = auto()
    STOP = auto()
    FORGET = auto()
    """The charge is over, and its limit with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedCharge:
    """A limit and the charge it belongs to."""

    limit: ChargeLimit
    asked_at: datetime
    charge_id: str | None = None
    """None until the cloud has answered the start with the charge's id."""

    def verdict(self, charger: Charger, read_at: datetime, now: datetime) -> Verdict:
        """What to do, by the charger as last read, which may be a while ago."""
        charge = self.charge_at(charger)
        if charge is None:
            return Verdict.WAIT if read_at - self.asked_at < LISTED_WITHIN else Verdict.FORGET
        if charge.state in _OVER:
            return Verdict.FORGET
        return Verdict.STOP if self._is_reached(charge, now) else Verdict.WAIT

    def charge_at(self, charger: Charger) -> Charge | None:
        """The limited charge; as long as its id is unknown, the running one, unless that began much later."""
        if self.charge_id is not None:
            return next((charge for charge in charger.charges if charge.id == self.charge_id), None)
        running = charger.active_charge
        return running if running and running.created_at < self.asked_at + LISTED_WITHIN else None

    def ends_at(self, charger: Charger) -> datetime | None:
        """When its time limit is reached; None without a time limit or a charge."""
        charge = self.charge_at(charger)
        return _began_at(charge) + self.limit.duration if charge and self.limit.duration is not None else None

    def _is_reached(self, charge: Charge, now: datetime) -> bool:
        if charge.state is ChargeState.STOPPING or not charge.state.is_active:
            return False
        energy, duration = self.limit.energy_kwh, self.limit.duration
        has_energy = energy is not None and (charge.consumed_kwh or 0.0) >= energy
        return has_energy or (duration is not None and now - _began_at(charge) >= duration)

    def to_dict(self) -> Mapping[str, Any]:
        """For the Store; values that are None are left out."""
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
        """The opposite of `to_dict`."""
        seconds = optional(number, facts.get("duration_s"))
        duration = None if seconds is None else timedelta(seconds=seconds)
        return cls(
            limit=ChargeLimit(energy_kwh=optional(number, facts.get("energy_kwh")), duration=duration),
            asked_at=moment(facts["asked_at"]),
            charge_id=optional(text, facts.get("charge_id")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedLimit:
    """The limit of a start that is on its way, and the one it replaces."""

    now: LimitedCharge
    before: LimitedCharge | None


def _began_at(charge: Charge) -> datetime:
    return charge.started_at or charge.created_at


LIMITS = "limits"
LOOK_AGAIN = timedelta(minutes=1)
"""Unless a read of the chargers or a time limit comes first; also the pause before a stop is retried."""


class ChargeLimits:
    """Keeps the limits, over a restart too, and stops the charges that have reached theirs.

    Every read of the chargers wakes it, but it stops in a loop of its own: a read may be part
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
        """Chargers whose reached limit has been logged; one that charges on is told to stop again."""
        self._leave: Callable[[], None] = lambda: None

    async def prepare(self) -> None:
        """Read the stored limits of charges that may still run."""
        facts = await self._store.recall(LIMITS)
        read = {
            key: recalled_part(self._store, LIMITS, kept, LimitedCharge.from_dict, key) for key, kept in facts.items()
        }
        self._kept = {charger_id: limited for charger_id, limited in read.items() if limited}

    def follow(self, wake: Callable[[], None]) -> None:
        """Wake up whenever the chargers were read."""

        async def on_read() -> None:
            if self._kept:
                wake()

        self._leave = self._polling.on_read(on_read)

    def close(self) -> None:
        """Stop following the chargers; the limits stay stored."""
        self._leave()

    async def expect(self, charger_id: str, limit: ChargeLimit) -> ExpectedLimit:
        """Store a limit for a start that is about to be sent."""
        before, expected = self._kept.get(charger_id), LimitedCharge(limit=limit, asked_at=self._clock())
        await self._keep(charger_id, expected)
        return ExpectedLimit(now=expected, before=before)

    async def began(self, charger_id: str, expected: ExpectedLimit, charge_id: str | None) -> None:
        """Store that the start was accepted, unless a newer start has brought a limit of its own meanwhile."""
        if self._kept.get(charger_id, expected.now) is expected.now:
            await self._keep(charger_id, replace(expected.now, asked_at=self._clock(), charge_id=charge_id))

    async def failed(self, charger_id: str, expected: ExpectedLimit) -> None:
        """Go back to the limit before: the start was not accepted; a newer limit stays."""
        if self._kept.get(charger_id) is expected.now:
            await self._keep(charger_id, expected.before)

    async def beat(self) -> timedelta:
        """Stop the charges that have reached their limit; returns the time until the next check."""
        for charger_id in list(self._kept):
            charger, kept = self._polling.chargers.get(charger_id), self._kept.get(charger_id)
            if charger and kept:  # it may be withdrawn while another charge is stopped
                await self._judge(charger, kept)
        return min([LOOK_AGAIN, *self._rests()])

    async def _judge(self, charger: Charger, kept: LimitedCharge) -> None:
        match kept.verdict(charger, self._read_at(charger), self._clock()):
            case Verdict.FORGET:
                await self._keep(charger.id, None)
            case Verdict.STOP if charger.is_reached and self._may_try(charger.id):
                await self._stop(charger, kept)
            case _:
                pass

    def _read_at(self, charger: Charger) -> datetime:
        """When this charger was read; while the cloud does not answer, a charge missing from it means nothing."""
        seen, at = self._seen.get(charger.id, (None, None))
        if seen is not charger or at is None:
            at = self._clock()
            self._seen[charger.id] = (charger, at)
        return at

    def _may_try(self, charger_id: str) -> bool:
        """Whether the last stop is long enough ago: each causes a read, and each read would cause another stop."""
        tried_at = self._tried_at.get(charger_id)
        return tried_at is None or self._clock() - tried_at >= LOOK_AGAIN

    async def _stop(self, charger: Charger, kept: LimitedCharge) -> None:
        self._tried_at[charger.id] = self._clock()
        result = await self._control.stop(charger.id, origin=Origin.PERSON)  # a person set the limit
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
