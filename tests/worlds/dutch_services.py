"""Stand-ins for the services that Home Assistant's EnergyZero and easyEnergy ask for prices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from aiohttp import web

HOUR = timedelta(hours=1)
_WRITTEN = "%Y-%m-%dT%H:%M:%S"

ELSEWHERE = """\
from types import SimpleNamespace
import easyenergy.easyenergy, energyzero.energyzero
from yarl import URL

class Here:
    def __new__(cls, text):
        return URL(text)

    @staticmethod
    def build(*, path, **_where):
        return URL({url!r} + path)

class Resolver:
    async def query(self, *_question):
        return [SimpleNamespace(host="127.0.0.1")]

energyzero.energyzero.URL = easyenergy.easyenergy.URL = Here
easyenergy.easyenergy.DNSResolver = Resolver
"""
"""Both libraries have their addresses in their code."""


class DutchServices:
    """Both answer with the hours they are asked for, as far as those are published."""

    def __init__(self, price_per_kwh: Callable[[datetime], float], published_until: datetime) -> None:
        """Take the price of an hour by its start in UTC, with VAT."""
        self.price_per_kwh = price_per_kwh
        self.published_until = published_until

    def energyzero(self, request: web.Request) -> web.Response:
        """Source: GET /v1/energyprices, as the library energyzero asks and reads it."""
        hours = list(self._hours(request.query["fromDate"], request.query["tillDate"]))
        prices = [{"readingDate": f"{at:{_WRITTEN}}Z", "price": self.price_per_kwh(at)} for at in hours]
        return web.json_response({"Prices": prices, "average": 0.2})

    def easyenergy(self, request: web.Request) -> web.Response:
        """Source: GET /nl/api/tariff/getapxtariffs, as the library easyenergy asks and reads it."""
        hours = self._hours(request.query["startTimestamp"], request.query["endTimestamp"])
        return web.json_response(
            [
                {
                    "Timestamp": f"{at:{_WRITTEN}}+00:00",
                    "TariffUsage": self.price_per_kwh(at),
                    "TariffReturn": self.price_per_kwh(at) / 2,
                }
                for at in hours
            ]
        )

    def _hours(self, start: str, end: str) -> Iterator[datetime]:
        at, until = (datetime.strptime(text[:19], _WRITTEN).replace(tzinfo=UTC) for text in (start, end))
        while at < min(until, self.published_until):
            yield at
            at += HOUR


@asynccontextmanager
async def serve_dutch(services: DutchServices) -> AsyncIterator[str]:
    """On loopback, at a free port, until the block ends; yields the address for `ELSEWHERE`."""

    async def energyzero(request: web.Request) -> web.Response:
        return services.energyzero(request)

    async def easyenergy(request: web.Request) -> web.Response:
        return services.easyenergy(request)

    app = web.Application()
    app.router.add_get("/v1/energyprices", energyzero)
    app.router.add_get("/nl/api/tariff/getapxtariffs", easyenergy)
    app.router.add_get("/nl/api/tariff/getlebatariffs", easyenergy)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
