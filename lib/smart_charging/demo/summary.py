"""Sums up the night: by the apps' own books, and by what the simulated charger counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.demo.night import POWER_KW, ZONE, Night
from smart_charging.demo.staged import Flow
from smart_charging.services.sessions.session_log import BookedSession

CLOSE_ENOUGH = 0.005
"""Share of the energy that may be missing; the scheduler itself counts this as done."""
_AGREES_KWH = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is left of a night."""

    night: Night
    booked: BookedSession | None
    """None if the apps booked none."""
    flows: Sequence[Flow]
    """When energy flowed, at full power, as the stand-in has counted it."""
    requests: int

    @property
    def delivered_kwh(self) -> float:
        """Energy charged by departure, as the stand-in has counted it."""
        ends = self.night.ready_by
        time = sum((max(timedelta(0), min(end, ends) - start) for start, end in self.flows), timedelta(0))
        return POWER_KW * (time / timedelta(hours=1))

    @property
    def is_ready(self) -> bool:
        """Whether the car had the energy it needed by departure, whatever the apps say."""
        return self.delivered_kwh >= self.night.wanted_kwh * (1 - CLOSE_ENOUGH)

    @property
    def went_well(self) -> bool:
        """Whether the car was ready and the apps have booked that."""
        return self.is_ready and self.booked is not None and self.booked.was_ready is True

    def lines(self) -> Iterator[str]:
        """The figures, one for each thing: the booked ones."""
        if (booked := self.booked) is None:
            yield "No session was booked."
            return
        yield f"Charged   {booked.energy_kwh:.1f} of {self.night.wanted_kwh:g} kWh in {_count(booked.starts, 'charge')}"
        if booked.cost is not None and booked.cost_at_once is not None:
            cost, at_once, currency = booked.cost, booked.cost_at_once, booked.currency or ""
            yield f"Cost      {cost:.2f} {currency}; charged at once it would have been {at_once:.2f} {currency}"
            yield f"Saved     {round(at_once, 2) - round(cost, 2):.2f} {currency}"
        yield f"Ready     {self._ready(booked)}"
        yield f"Cloud     {_count(self.requests, 'request')}"
        if abs(self.delivered_kwh - booked.energy_kwh) > _AGREES_KWH:
            yield f"The charger itself has counted {self.delivered_kwh:.1f} kWh."

    def _ready(self, booked: BookedSession) -> str:
        if not self.went_well:
            return f"no, there is too little in the car for {self.night.departure}"
        return f"at {_clock(self.flows[-1][1])}, for a departure at {self.night.departure}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%H:%M}"
