"""Chargers whose meter values come seldom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smart_charging.clouds.monta.stand_in import site
from worlds.household import Household


def report_every(home: Household, step: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is told before the first value; the last comes with the end of the charge."""

    def consumed_kwh(charge: site.Charge) -> float | None:
        if charge.started_at is None:
            return None
        until = home.clock.at if charge.is_open else charge.stopped_at or home.clock.at
        told_at = charge.started_at + (until - charge.started_at) // step * step if charge.is_open else until
        return sum(flow.kwh_between(flow.start, min(flow.end, told_at)) for flow in charge.flows)

    monkeypatch.setattr(site.Charge, "consumed_kwh", property(consumed_kwh))
