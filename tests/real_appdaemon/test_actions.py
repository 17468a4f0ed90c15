from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.errors import ActionError

Start = Callable[..., Awaitable[Any]]
BY_ACTION = {"price_entity": [], "price_action": {"action": "nordpool.get_prices_for_date"}}


async def test_an_action_home_assistant_does_not_know_is_one_sentence_and_no_traceback(
    monta_now: MontaStandIn, start: Start
) -> None:
    ad = await start(charging_scheduler=BY_ACTION)
    app = ad.app("charging_scheduler")
    await ad.until(lambda: ad.state("sensor.monta_garage_plan") == "idle")

    with pytest.raises(ActionError, match=r"no action nordpool\.get_prices_for_date; check the name"):
        await app.call_action("nordpool.get_prices_for_date", {"date": "2026-11-20"})

    assert await app.config_entry_of("sensor.nord_pool") is None
    assert ad.lines() == []


async def test_an_action_is_called_with_its_data_and_its_response_is_handed_over(
    monta_now: MontaStandIn, start: Start
) -> None:
    ad = await start(charging_scheduler=None)
    app, heard = ad.app("charging_control"), []

    async def answer(_namespace: str, _domain: str, _service: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        heard.append(kwargs["service_data"])
        return {"success": True, "result": {"response": {"DK1": []}}}

    app.register_service("nordpool/get_prices_for_date", answer, namespace="default")

    response = await app.call_action("nordpool.get_prices_for_date", {"date": "2026-11-20", "target": "x"})

    assert response == {"DK1": []}
    assert heard == [{"date": "2026-11-20", "target": "x"}]


async def test_prices_are_remembered_over_a_restart_of_appdaemon(monta_now: MontaStandIn, start: Start) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    row = {"start": hour.isoformat(), "end": (hour + timedelta(hours=2)).isoformat(), "value": 0.0}
    ad = await start()
    await ad.set_state("sensor.nordpool", "1", {"raw_today": [row], "unit": "kWh"})
    await ad.until(lambda: ad.remembered("prices") is not None)
    await ad.stop()

    again = await start()

    facts = await again.app("charging_scheduler").recall("prices")
    assert facts["runs"] == [[hour.isoformat(), 7200.0, [0.0]]]
