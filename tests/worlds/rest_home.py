"""Home Assistant's REST API with three hours of prices, as an entity and as an action."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import respx

HA = "http://ha.test:8123"
TOKEN = "abc.def-GHI_123"
ACTION = "nordpool.get_prices_for_date"
MIDNIGHT = datetime(2027, 3, 9, 23, tzinfo=UTC)
"""In Oslo."""


def rows(*prices: float, first: datetime = MIDNIGHT, step: timedelta = timedelta(hours=1)) -> list[dict[str, Any]]:
    return [{"start": (first + place * step).isoformat(), "price": price} for place, price in enumerate(prices)]


def spot(*prices: float, **more: Any) -> dict[str, Any]:
    return {"unit_of_measurement": "øre/kWh", "currency": "NOK", "prices": rows(*(prices or (41, 52, 38.5)))} | more


class RestHome:
    """Home Assistant's REST API, for those who bring the token."""

    def __init__(self, router: respx.MockRouter) -> None:
        self.states: dict[str, Any] = {"sensor.spot": {"state": "0.41", "attributes": spot()}}
        self.days = {"2027-03-10": [410.0, 520.0, 385.0]}
        self.asked: list[dict[str, Any]] = []
        router.route(url__startswith=f"{HA}/api/").mock(side_effect=self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return httpx.Response(401, text="401: Unauthorized")
        wants_response = "return_response" in request.url.query.decode()
        match request.url.path.removeprefix("/api/").split("/"):
            case ["states", entity_id] if entity_id not in self.states:
                return httpx.Response(404, json={"message": "Entity not found."})
            case ["services", "nordpool", "get_prices_for_date"] if wants_response:
                return self.nordpool(json.loads(request.content))
            case ["services", _, _]:
                return httpx.Response(400, text="400: Bad Request")
            case ["template"]:
                return httpx.Response(200, text="01HENTRY")
            case path:
                return httpx.Response(200, json=self.told("/".join(path)))

    def told(self, path: str) -> object:
        states = {f"states/{entity_id}": state for entity_id, state in self.states.items()}
        facts = {"time_zone": "Europe/Oslo", "currency": "NOK", "country": "NO"}
        services = [{"domain": "nordpool", "services": {"get_prices_for_date": {}}}]
        return ({"config": facts, "services": services} | states)[path]

    def nordpool(self, data: dict[str, Any]) -> httpx.Response:
        self.asked.append(data)
        prices = self.days.get(data["date"])
        if prices is None:
            return httpx.Response(500, text="500 Internal Server Error")
        return httpx.Response(
            200, json={"changed_states": [], "service_response": {data.get("areas", "NO1"): rows(*prices)}}
        )
