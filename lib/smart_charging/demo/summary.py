"""Summarises the night by what the simulated cloud has counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.demo.night import CURRENCY, Night
from smart_charging.demo.staged import Flow

CLOSE_ENOUGH = 0.005
"""Share of the energy that may be missing; the scheduler itself counts this as done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The night according to the stand-in; nothing comes from the apps."""

    night: Night
    plugged_in_at: datetime | None
    """None if the apps never published the charger."""
    flows: Sequence[Flow]
    """When energy flowed, at full power."""
    starts: int
    """In how many charges."""
    requests: int
    ended_at: datetime

    @property
    def delivered_kwh(self) -> float:
        """Energy charged by departure."""
        ends = self.night.ready_by
        time = sum((max(timedelta(0), min(end, ends) - start) for start, end in self.flows), timedelta(0))
        return self.night.power_kw * (time / timedelta(hours=1))

    @property
    def is_ready(self) -> bool:
        """Whether the car had the energy needed by departure."""
        return self.delivered_kwh >= self.night.wanted_kwh * (1 - CLOSE_ENOUGH)

    def lines(self) -> Iterator[str]:
        """The summary as lines of text."""
        yield ""
        if self.plugged_in_at is None:
            yield "The apps never showed the charger, so no cable went in."
            return
        early = (self.night.ready_by - self.ended_at).total_seconds()
        yield f"Energy    {self.delivered_kwh:.2f} of {self.night.wanted_kwh:.2f} kWh, " + (
            f"{early:.0f} s before departure" if self.is_ready else "too little for the departure"
        )
        cost, at_once = self.night.cost(self.flows), self.night.cost_at_once(self.plugged_in_at)
        yield f"Cost      {cost:.2f} {CURRENCY}; charging at once: {at_once:.2f} {CURRENCY}"
        yield f"Starts    {self.starts}"
        yield f"Requests  {self.requests} to the cloud"
