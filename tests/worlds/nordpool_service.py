"""A stand-in for the service that Home Assistant's own Nord Pool integration asks for day-ahead prices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

DELIVERY_ZONE = ZoneInfo("Europe/Brussels")
"""Whose midnights part the delivery days, in every bidding area."""
QUARTER = timedelta(minutes=15)

ELSEWHERE = """\
import pynordpool
assert pynordpool.API.startswith("https://")
pynordpool.API = {url!r}
"""
"""The library has its address as a constant."""


class NordPoolService:
    """Answers for any delivery day up to `last_published`, and with nothing for later ones."""

    def __init__(self, price_per_mwh: Callable[[datetime], float], last_published: date) -> None:
        """Take the price of a quarter by its start in UTC; it is the same in every area and currency."""
        self.price_per_mwh = price_per_mwh
        self.last_published = last_published
        self.asked: list[date] = []
        """Delivery days, in the order they were asked for."""

    def respond(self, request: web.Request) -> web.Response:
        """Source: GET /DayAheadPrices, as the library pynordpool asks and reads it."""
        day = date.fromisoformat(request.query["date"])
        self.asked.append(day)
        if day > self.last_published:
            return web.Response(status=204)
        return web.json_response(self._day(day, request.query["deliveryArea"].split(","), request.query["currency"]))

    def _day(self, day: date, areas: list[str], currency: str) -> dict[str, object]:
        rows = [(start, self.price_per_mwh(start)) for start in quarters_of(day)]
        mean = round(sum(price for _, price in rows) / len(rows), 2)
        return {
            "deliveryDateCET": day.isoformat(),
            "version": 3,
            "updatedAt": _written(midnight(day) - timedelta(hours=11)),
            "deliveryAreas": areas,
            "market": "DayAhead",
            "multiAreaEntries": [
                {
                    "deliveryStart": _written(start),
                    "deliveryEnd": _written(start + QUARTER),
                    "entryPerArea": dict.fromkeys(areas, price),
                }
                for start, price in rows
            ],
            "blockPriceAggregates": [],
            "currency": currency,
            "exchangeRate": 1,
            "areaStates": [{"state": "Final", "areas": areas}],
            "areaAverages": [{"areaCode": area, "price": mean} for area in areas],
        }


def delivery_day(moment: datetime) -> date:
    """The one a moment is in."""
    return moment.astimezone(DELIVERY_ZONE).date()


def midnight(day: date) -> datetime:
    """When a delivery day begins, in UTC."""
    return datetime.combine(day, time(), DELIVERY_ZONE).astimezone(UTC)


def quarters_of(day: date) -> Iterator[datetime]:
    """96 of them; four fewer or more on a day the clock changes."""
    start, end = midnight(day), midnight(day + timedelta(days=1))
    while start < end:
        yield start
        start += QUARTER


@asynccontextmanager
async def serve_nordpool(service: NordPoolService) -> AsyncIterator[str]:
    """On loopback, at a free port, until the block ends; yields the address for `ELSEWHERE`."""

    async def handle(request: web.Request) -> web.Response:
        return service.respond(request)

    app = web.Application()
    app.router.add_get("/DayAheadPrices", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
