"""The night as a story: what a person would notice, told from the states that the apps publish."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from statistics import median

from smart_charging.demo.facts import Facts

_WORRIES = {"short", "stuck", "manual", "off"}
"""States of a plan whose reason is told."""
_SAME_START = timedelta(minutes=3)
"""Starts that differ by less are one: a plan moves by seconds with every meter reading."""
_NOTHING_KWH = 0.2
"""Less may have flowed before anybody has seen the charge begin."""
_BAR = 12


class Kind(StrEnum):
    """What sort of news a line is."""

    EVENT = "event"
    GOOD = "good"
    WORRY = "worry"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something to tell."""

    text: str
    kind: Kind = Kind.EVENT
    shows_plan: bool = False
    """Whether a chart says it better."""


class Story:
    """Tells what has changed since it last looked.

    Args:
        zone: Of all times.
        currency: Of all prices.
    """

    def __init__(self, zone: tzinfo, currency: str) -> None:
        self._zone = zone
        self._currency = currency
        self._before = Facts()
        self._starts: list[datetime] = []
        """Those of the plan that was told last."""
        self._powers_kw: list[float] = []
        """Readings while the car was charged last."""

    def news(self, now: Facts, at: datetime) -> list[News]:
        """What is new at a moment."""
        before, self._before = self._before, now
        return [*self._cable(before, now), *self._plan(before, now, at), *self._charging(before, now)]

    def _cable(self, before: Facts, now: Facts) -> Iterator[News]:
        if now.is_shown and not before.is_shown and not now.is_plugged_in:
            yield News(text="The charger is free.")
        if now.is_plugged_in and not before.is_plugged_in:
            yield News(text="The car is plugged in.")
        elif before.is_plugged_in and not now.is_plugged_in:
            yield News(text="The car is unplugged.")

    def _plan(self, before: Facts, now: Facts, at: datetime) -> Iterator[News]:
        if now.plan in _WORRIES and now.plan != before.plan:
            yield News(text=now.reason or now.sentence or f"The plan is {now.plan}.", kind=Kind.WORRY)
        if now.blocks and now.sentence and self._is_other_plan(now, at):
            is_first = not self._starts
            self._starts = [block.start for block in now.blocks]
            yield News(text=f"{'The plan' if is_first else 'The plan is now'}: {now.sentence}.", shows_plan=True)
        if not now.is_plugged_in:
            self._starts = []

    def _is_other_plan(self, now: Facts, at: datetime) -> bool:
        """Whether charging begins at a time that nobody was told of; what should run by now is no plan any more."""
        if not self._starts:
            return True
        to_come = [block.start for block in now.blocks if block.start > at + _SAME_START]
        return any(all(abs(start - told) > _SAME_START for told in self._starts) for start in to_come)

    def _charging(self, before: Facts, now: Facts) -> Iterator[News]:
        if now.is_charging and not before.is_charging:
            self._powers_kw = []
            verb = "goes on" if now.energy_kwh and now.energy_kwh > _NOTHING_KWH else "begins"
            price = "" if now.price is None else f"; a kWh costs {now.price:.2f} {self._currency}"
            yield News(text=f"Charging {verb}{price}.", kind=Kind.GOOD)
        if now.is_charging and now.power_kw:
            self._powers_kw.append(now.power_kw)
        if before.is_charging and not now.is_charging and now.plan != "done":
            yield News(text=f"Charging pauses{self._until(now)}{self._so_far(now)}.")
        if now.is_done and not before.is_done:
            yield News(text=f"Charging is done{self._so_far(now)}.", kind=Kind.GOOD)

    def _until(self, now: Facts) -> str:
        return f" until {self._clock(now.next_start)}" if now.next_start else ""

    def _so_far(self, now: Facts) -> str:
        if now.energy_kwh is None:
            return ""
        power = f", charged at {median(self._powers_kw):.0f} kW" if self._powers_kw else ""
        return f"; {now.energy_kwh:.1f} kWh are in the car{power}"

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%H:%M}"


def progress(now: Facts, zone: tzinfo, *, full: str, empty: str) -> str:
    """One line for the time between two events: how much is charged, and what happens.

    Args:
        full: A character of the bar that is charged.
        empty: One that is not.
    """
    if not now.is_plugged_in:
        return "waiting for the car"
    if now.wanted_kwh is None:
        return _doing(now, zone)
    energy_kwh = now.energy_kwh or 0.0
    filled = min(_BAR, round(_BAR * energy_kwh / now.wanted_kwh)) if now.wanted_kwh else _BAR
    bar = full * filled + empty * (_BAR - filled)
    return f"{bar} {energy_kwh:.1f} of {now.wanted_kwh:g} kWh, {_doing(now, zone)}"


def _doing(now: Facts, zone: tzinfo) -> str:
    if now.is_charging:
        return "charging" + (f" at {now.power_kw:.1f} kW" if now.power_kw else "")
    if now.next_start:
        return f"waiting for {now.next_start.astimezone(zone):%H:%M}"
    return now.plan or "waiting"
