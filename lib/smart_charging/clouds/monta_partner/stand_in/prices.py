"""The stand-in's forecast for drivers, and one grid company's tariff."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from smart_charging.clouds.monta.stand_in import shapes
from smart_charging.clouds.monta.stand_in.lifecycle import Lifecycle
from smart_charging.clouds.monta.stand_in.messages import ErrorAnswerError
from smart_charging.clouds.monta_partner.stand_in.by_shape import Json, made_up
from smart_charging.clouds.monta_partner.stand_in.lists import found
from smart_charging.clouds.monta_partner.stand_in.served import Asked, Handler

TARIFF_ID = 501
ZIP_CODES = ("2100", "2200")
WINTER, SUMMER = 5101, 5102
_SEASONS: Mapping[int, tuple[str, str]] = {WINTER: ("2026-10-01", "2027-03-31"), SUMMER: ("2027-04-01", "2027-09-30")}
_HOURS: Sequence[tuple[int, int, float]] = ((0, 6, 0.11), (6, 17, 0.34), (17, 21, 1.02), (21, 24, 0.34))
"""Of each day in winter, with their prices; in summer it is half as much."""


@dataclass(slots=True)
class Prices:
    """What a kWh costs, and will cost."""

    site: Lifecycle
    currency: str
    now: Callable[[], datetime]
    hours_ahead: int = 24
    created: list[Json] = field(default_factory=list)
    """The prices of the tariff, once somebody had them made."""
    more_tariffs: int = 0
    """How many more there are at the same zip codes."""

    def handlers(self) -> Mapping[str, Handler]:
        """By operation."""
        return {
            "get-prices-forecast": self._forecast,
            "get-tariffs": self._tariffs,
            "get-tariff": self._tariff,
            "post-tariff-create-prices": self._create_prices,
            "get-tariff-period-groups": self._seasons,
            "get-tariff-recurring-periods": self._periods,
        }

    def _forecast(self, _asked: Asked) -> Json:
        first = self.now().replace(minute=0, second=0, microsecond=0)
        hours = [first + timedelta(hours=hour) for hour in range(self.hours_ahead)]
        entries = [self._entry(hour) for hour in hours]
        return made_up("PricesForecast") | {"currency": shapes.currency(self.currency), "forecasts": entries}

    def _entry(self, hour: datetime) -> Json:
        price = self.site.price(hour) if self.site.price else self.site.driver_price
        told = f"{price:.2f} {self.currency}/kWh"
        return {"time": shapes.stamp(hour), "pricePerKwh": round(price * 10_000), "name": told}

    def _tariffs(self, asked: Asked) -> Sequence[Json]:
        ids = range(TARIFF_ID, TARIFF_ID + self.more_tariffs + 1)
        return (
            [self._described() | {"id": tariff} for tariff in ids]
            if asked.query.get("zip", ZIP_CODES[0]) in ZIP_CODES
            else []
        )

    def _described(self) -> Json:
        told = {"externalId": "GRID-C", "name": "Grid C", "zipCodes": list(ZIP_CODES), "tariffType": "WEEKLY"}
        more = {"timeZone": "Europe/Copenhagen", "area": "DK2", "customerType": "C_CUSTOMER", "pricesWithVat": False}
        return made_up("Tariff", TARIFF_ID) | told | more

    def _tariff(self, asked: Asked) -> Json:
        described = found({TARIFF_ID: self._described()}, asked.path["tariffId"])
        start, end = asked.query.get("start", ""), asked.query.get("end", "9")
        prices = [price for price in self.created if start <= str(price["start"]) <= end]
        return {"tariff": described, "prices": prices, "priceSpecification": None}

    def _create_prices(self, asked: Asked) -> Json:
        start, end = (date.fromisoformat(str(asked.body[name])) for name in ("start", "end"))
        if not start <= end <= start + timedelta(days=366):
            raise ErrorAnswerError(400, "BAD_REQUEST", "not a time to have prices of")
        days = [start + timedelta(days=number) for number in range((end - start).days)]
        self.created = [_price(day, hour, price) for day in days for hour, _, price in _HOURS]
        return self._tariff(asked)

    def _seasons(self, _asked: Asked) -> Sequence[Json]:
        return [
            {"id": season, "activeFrom": first, "activeTo": last, "description": "season", "tariffId": TARIFF_ID}
            for season, (first, last) in _SEASONS.items()
        ]

    def _periods(self, asked: Asked) -> Sequence[Json]:
        season = int(asked.query["tariffPeriodGroupId"])
        found(_SEASONS, season)
        factor = 1 if season == WINTER else 0.5
        return [
            made_up("TariffRecurringPeriod", number)
            | {"tariffId": TARIFF_ID, "dayOfWeek": "MONDAY", "endDayOfWeek": "SUNDAY"}
            | {"start": f"{start:02}:00", "end": f"{end % 24:02}:00", "price": price * factor}
            for number, (start, end, price) in enumerate(_HOURS, start=5201)
        ]


def _price(day: date, hour: int, price: float) -> Json:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return {"start": shapes.stamp(at), "price": price}
