"""One day's prices in every shape that sources give them in, with what is to be read of them."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Oslo")
NOW = datetime(2027, 2, 9, 11, 20, tzinfo=UTC)
MIDNIGHT = datetime(2027, 2, 8, 23, tzinfo=UTC)
"""Of the local day that it is now."""
HOUR = timedelta(hours=1)
PRICES = [
    *[0.14, 0.12, 0.09, 0.07, 0.06, 0.08, 0.16, 0.31, 0.38, 0.27, 0.19, 0.13],
    *[0.11, 0.04, 0.0, -0.02, 0.05, 0.21, 0.44, 0.52, 0.33, 0.24, 0.2, 0.17],
]
TOMORROW = [round(price + 0.03, 4) for price in PRICES]
STARTS = [MIDNIGHT + place * HOUR for place in range(48)]
EACH = list(zip(STARTS, PRICES, strict=False))

Source = dict[str, Any]
Write = Callable[[datetime], object]


class Shape(NamedTuple):
    """A source, and the price it has from when to when."""

    source: Source
    prices: Sequence[float] = PRICES
    step: timedelta = HOUR
    currency: str | None = "EUR"


def iso(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat()


def wall(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}"


def rows(
    start: str = "start",
    value: str = "price",
    *,
    end: str | None = None,
    write: Write = iso,
    factor: float = 1,
    prices: Sequence[float] = PRICES,
    first: datetime = MIDNIGHT,
    step: timedelta = HOUR,
    **more: object,
) -> list[Source]:
    """One after the other; a factor is what the source counts in."""
    written = []
    for place, price in enumerate(prices):
        at = first + place * step
        ends = {end: write(at + step)} if end else {}
        written.append({start: write(at), **ends, value: round(price * factor, 9), **more})
    return written


def by_hour(name: str, prices: Sequence[float] = PRICES) -> dict[str, float]:
    return {name.format(hour, hour + 1): price for hour, price in enumerate(prices)}


def in_euro(**lists: object) -> Source:
    return {"unit_of_measurement": "EUR/kWh", **lists}


def both_days(**lists: object) -> Shape:
    return Shape(in_euro(**lists), [*PRICES, *TOMORROW])


def _components(start: datetime, price: float) -> Source:
    return {
        "start_timestamp": iso(start),
        "grid": [{"component": "work", "unit": "EUR_kWh", "value": 0.05}],
        "integrated": [
            {"component": "base", "unit": "EUR_m", "value": 7.5},
            {"component": "work", "unit": "EUR_kWh", "value": price},
        ],
    }


_QUARTERS = [round(price + quarter / 100, 4) for price in PRICES for quarter in range(4)]
_IN_TEN_MILLIONTHS = [{**row, "electricity_price": round(row.pop("price") * 1e7)} for row in rows("datetime")]
_HALVES = {"prices_today": rows(prices=PRICES[:12]), "prices_tomorrow": rows(prices=PRICES[12:], first=STARTS[12])}
_ALL_IN = [{**row, "energy": 0.02, "network": 0.03, "taxes": 0.04, "all_in": row.pop("price")} for row in rows()]
_WITH_TAX = [{**row, "priceWithTaxesAndLevies": row["price"], "price": row["price"] - 0.05} for row in rows("dateUTC")]

SHAPES: Mapping[str, Shape] = {
    "rows": Shape(in_euro(prices=rows())),
    "rows with ends": Shape(in_euro(data=rows("start_time", "price_per_kwh", end="end_time"))),
    "ends before starts": Shape(in_euro(data=[dict(reversed(row.items())) for row in rows(end="end")])),
    "ends only": Shape(in_euro(data=[{"end": row["end"], "price": row["price"]} for row in rows(end="end")])),
    "two clocks": Shape(
        in_euro(predictions=[{"oslotime": wall(at), "utctime": f"{at:%FT%T}", "price": price} for at, price in EACH])
    ),
    "unknown names of times": Shape(in_euro(data=rows("qqq", end="zzz"))),
    "two attributes": Shape(in_euro(**_HALVES)),
    "newest first": Shape(in_euro(prices=rows()[::-1])),
    "twice": Shape(in_euro(prices=[*rows(), *rows()])),
    "a second late": Shape(in_euro(forecasts=rows(write=lambda at: iso(at + timedelta(seconds=1))))),
    "a minute short": Shape(in_euro(rates=[{**row, "till": iso(at)} for row, at in zip(
        rows("from"), [start + timedelta(minutes=59) for start in STARTS], strict=False)])),
    "local times": Shape(in_euro(prices=rows("localtime", write=wall))),
    "hours beside times": Shape(in_euro(prices=[
        {"date": f"{wall(at)}Z", "dateUTC": f"{at:%FT%T}Z", "hour": wall(at)[11:13], "price": price}
        for at, price in EACH
    ])),
    "date and hour apart": Shape(in_euro(prices=[
        {"dia": wall(at)[:10], "hora": wall(at)[11:13], "precio": price} for at, price in EACH
    ])),
    "hours that end": Shape(in_euro(prices=[{"hour": hour + 1, "price": price} for hour, price in enumerate(PRICES)])),
    "days of hours": both_days(days=[
        {"date": f"2027-02-{day:02}", "hours": [{"hour": hour, "price": price} for hour, price in enumerate(prices)]}
        for day, prices in ((9, PRICES), (10, TOMORROW))
    ]),
    "map of times": Shape({
        "unit_of_measurement": "€/MWh",
        "today_hours": {iso(at): price * 1000 for at, price in EACH},
        "today_average": 150.0,
    }),
    "map of times to rows": Shape(in_euro(prices={
        iso(at): {"price": price, "level": "LOW"} for at, price in EACH
    })),
    "attributes named by time": Shape(in_euro(**{wall(at): price for at, price in EACH})),
    "attribute per hour": both_days(
        tariff="2.0", **by_hour("price_{:02d}h"), **by_hour("price_next_day_{:02d}h", TOMORROW), price_mean=0.17
    ),
    "attribute per span": Shape(in_euro(today=by_hour("{:02d}:00-{:02d}:00"))),
    "attribute per quarter": Shape(in_euro(**{
        f"price_{place // 4:02}_{place % 4 * 15:02}": price for place, price in enumerate(_QUARTERS)
    }), _QUARTERS, HOUR / 4),
    "hour numbers as keys": both_days(
        today=dict(enumerate(PRICES)), tomorrow=by_hour("{}", TOMORROW)
    ),
    "numbers of two days": both_days(heute=PRICES, morgen=[f"{price}".replace(".", ",") for price in TOMORROW]),
    "numbers by date": both_days(prices={"2027-02-09": PRICES, "2027-02-10": TOMORROW}),
    "rows by number": Shape(in_euro(prices={str(place): row for place, row in enumerate(rows())})),
    "numbers joined to a text": Shape(in_euro(today=", ".join(map(str, PRICES)))),
    "clock times": Shape(in_euro(today=[
        {"from": wall(at)[11:], "to": wall(at + HOUR)[11:], "price": price} for at, price in EACH
    ])),
    "pairs": Shape(in_euro(data=[[int(at.timestamp() * 1000), price] for at, price in EACH])),
    "columns side by side": Shape({
        "unix_seconds": [int(at.timestamp()) for at in STARTS[:24]],
        "price": [price * 1000 for price in PRICES],
        "unit": "EUR / MWh",
    }),
    "JSON that became text": Shape(in_euro(prices_today=json.dumps(rows("time")), prices_tomorrow="[]")),
    "Python that became text": Shape(in_euro(prices=repr(rows(write=lambda at: at.astimezone(ZONE))))),
    "prices in text": Shape({
        "currency": "EUR",
        "prices": [{"start": iso(at), "price": f"{100 * price:.1f} ct".replace(".", ",")} for at, price in EACH],
    }),
    "price with its unit": Shape({
        "prices": [{"start": iso(at), "price": {"amount": price, "unit": "EUR/kWh"}} for at, price in EACH]
    }),
    "price in parts": Shape({"prices": [_components(at, price) for at, price in EACH]}),
    "deep in an answer": Shape(in_euro(data={"viewer": {"homes": [{"priceInfo": {
        "today": [{"total": price, "energy": price - 1, "tax": 1.0, "startsAt": iso(at)} for at, price in EACH],
        "tomorrow": [],
    }}]}})),
    "all in": Shape(in_euro(today=_ALL_IN, tomorrow=[])),
    "with taxes and levies": Shape(in_euro(prices=_WITH_TAX)),
    "net beside gross": Shape(in_euro(prices_excl_vat=rows(factor=0.8), prices_incl_vat=rows())),
    "what is sold beside what is bought": Shape(in_euro(export_prices=rows(factor=0.5), prices=rows())),
    "ten-millionths": Shape({"unit_of_measurement": "€/kWh", "forecast": _IN_TEN_MILLIONTHS}),
    "cents in the key and MWh in the unit": Shape({
        "unit_of_measurement": "EUR/MWh", "data": rows("start_time", "price_ct_per_kwh", factor=100)
    }),
    "two keys in two units": Shape({"unit_of_measurement": "EUR/MWh", "data": [
        {"start_time": iso(at), "price_eur_per_mwh": price * 1000, "price_ct_per_kwh": price * 100}
        for at, price in EACH
    ]}),
    "cents by a switch": Shape({
        "unit": "kWh", "currency": "EUR", "price_in_cents": True, "unit_of_measurement": "c/kWh",
        "raw_today": rows(value="value", factor=100), "raw_tomorrow": [],
    }),
    "by area per MWh": Shape({"NO2": rows(end="end", factor=1000)}, currency=None),
    "one currency a column": Shape({"prices": [
        {"NOK_per_kWh": price * 11, "EUR_per_kWh": price, "EXR": 11.0, "time_start": iso(at)} for at, price in EACH
    ]}, [price * 11 for price in PRICES], currency="NOK"),
    "in an envelope": Shape({
        "success": True, "result": {"response": {"prices": rows("timestamp"), "currency": "EUR"}}
    }),
    "a whole state": Shape({"entity_id": "sensor.x", "state": "0.2", "attributes": in_euro(prices=rows())}),
}  # fmt: skip
