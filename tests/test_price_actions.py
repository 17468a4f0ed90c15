"""Price actions, each over a stand-in that is as strict as the integration: asked by the arguments it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from smart_charging.config.arguments import parse
from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ActionError
from smart_charging.services.pricing.feed import PriceFeed
from worlds.household import COPENHAGEN, LOG, FakeHass
from worlds.virtual_time import Clock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = datetime(2027, 2, 3, 23, tzinfo=UTC)
"""Its midnight in Copenhagen."""
ENTITY, ENTRY = "sensor.current_price", "01HXENTRY"

Data = Mapping[str, Any]


def moment(text: str) -> datetime:
    """As Home Assistant's parse_datetime: a time without an offset is local, a day alone its midnight."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=COPENHAGEN)


def day_of(text: str) -> date:
    return moment(text).astimezone(COPENHAGEN).date()


@dataclass
class Integration:
    """An action: what it takes, what of it may be missing, and how it answers with the hours it was asked for."""

    hours: Callable[[Data, Sequence[datetime]], Any]
    demands: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    published_until: datetime = TODAY + DAY
    calls: list[Data] = field(default_factory=list)

    def __call__(self, data: Data) -> Mapping[str, Any]:
        """The order of complaints is voluptuous's: first what is too much, then what is missing."""
        self.calls.append(data)
        for key in data.keys() - self.demands - self.takes:
            raise ActionError(f"it failed: extra keys not allowed @ data['{key}']")
        for key in self.demands - data.keys():
            raise ActionError(f"it failed: required key not provided @ data['{key}']")
        if any(data[key] != ENTRY for key in data if "entry" in key):
            raise ActionError("it failed: there is no such entry")
        answer: Mapping[str, Any] = self.hours(data, list(self._published()))
        return answer

    def _published(self) -> Iterator[datetime]:
        at = TODAY - DAY
        while at < self.published_until:
            yield at
            at += HOUR


def price(at: datetime) -> float:
    return round(0.2 + (at - TODAY) / HOUR / 100, 4)


def tibber(data: Data, hours: Sequence[datetime]) -> Any:
    """Homes by name; the end is excluded."""
    start, end = moment(data["start"]), moment(data["end"])
    return {
        "prices": {"Hus": [{"start_time": at.isoformat(), "price": price(at)} for at in hours if start <= at < end]}
    }


def by_days(data: Data, hours: Sequence[datetime]) -> Any:
    """Whole days, the last one included; without any, today."""
    today = (TODAY + HOUR).date().isoformat()
    first, last = (day_of(data.get(key, today)) for key in ("start", "end"))
    asked = [at for at in hours if first <= at.astimezone(COPENHAGEN).date() <= last]
    return {"prices": [{"timestamp": str(at), "price": price(at)} for at in asked]}


def by_days_or_nothing(data: Data, hours: Sequence[datetime]) -> Any:
    """As newer ones do: a day that is not published spoils the answer."""
    if day_of(data["end"]) > hours[-1].astimezone(COPENHAGEN).date():
        raise ActionError("energyzero.get_energy_prices failed", "no_data")
    return by_days(data, hours)


def by_moments(data: Data, hours: Sequence[datetime]) -> Any:
    start, end = moment(data["start"]), moment(data["end"])
    return {"prices": [{"timestamp": at.isoformat(), "price": price(at)} for at in hours if start <= at <= end]}


def chart_data(_data: Data, hours: Sequence[datetime]) -> Any:
    return {"data": [{"start_time": at.isoformat(), "price_per_kwh": price(at)} for at in hours]}


def all_there_is(_data: Data, hours: Sequence[datetime]) -> Any:
    return {"prices": [{"start_time": at.isoformat(), "price": price(at)} for at in hours]}


def nord_pool(data: Data, hours: Sequence[datetime]) -> Any:
    asked = [at for at in hours if at.astimezone(COPENHAGEN).date().isoformat() == data["date"]]
    return {
        "DK1": [
            {"start": at.isoformat(), "end": (at + HOUR).isoformat(), "price": round(1000 * price(at), 1)}
            for at in asked
        ]
    }


def amber(_data: Data, hours: Sequence[datetime]) -> Any:
    return {
        "forecasts": [
            {"start_time": at.isoformat(), "end_time": (at + HOUR).isoformat(), "per_kwh": price(at)} for at in hours
        ]
    }


SPAN = frozenset({"start", "end"})
BY_ENTRY = frozenset({"config_entry"})
ACTIONS = {
    "nordpool.get_prices_for_date": lambda: Integration(
        nord_pool, BY_ENTRY | {"date"}, frozenset({"areas", "currency"})
    ),
    "tibber.get_prices": lambda: Integration(tibber, takes=SPAN),
    "energyzero.get_energy_prices": lambda: Integration(by_days, BY_ENTRY | {"incl_vat"}, SPAN),
    "easyenergy.get_energy_usage_prices": lambda: Integration(by_days, BY_ENTRY | {"incl_vat"}, SPAN),
    "entsoe.get_energy_prices": lambda: Integration(by_moments, BY_ENTRY, SPAN),
    "tibber_prices.get_chartdata": lambda: Integration(chart_data, frozenset({"entry_id"}), frozenset({"day"})),
    "amberelectric.get_forecasts": lambda: Integration(amber, frozenset({"config_entry_id", "channel_type"})),
    "green_planet_energy.get_prices": lambda: Integration(all_there_is, frozenset({"hours"})),
    "energie_nieuw.get_prices": lambda: Integration(by_days, BY_ENTRY, SPAN),
}
"""The last one is an integration nobody here has heard of."""


class AskingHome:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.hass = FakeHass()
        self.hass.config_entries[ENTITY] = ENTRY
        clock.at = TODAY + 9 * HOUR

    def ask(self, action: str, integration: Integration, **price_action: Any) -> None:
        self.hass.actions[action] = integration
        self.hass.arguments[action] = [*integration.demands, *integration.takes]
        written = {"price_action": {"action": action, **price_action}}
        self.feed = PriceFeed(
            parse(PriceSettings, written), self.hass, self.hass, self.hass, zone=COPENHAGEN, clock=self.clock, log=LOG
        )

    async def known_until(self, at: datetime) -> datetime | None:
        self.clock.at = at
        return (await self.feed.read()).known_until


@pytest.fixture
def home(clock: Clock) -> AskingHome:
    return AskingHome(clock)


@pytest.mark.parametrize("action", ACTIONS)
async def test_tomorrow_is_known_in_the_afternoon_on_which_it_is_published(home: AskingHome, action: str) -> None:
    integration = ACTIONS[action]()
    home.ask(action, integration, **({} if action == "tibber.get_prices" else {"entity": ENTITY}))

    morning = await home.known_until(TODAY + 9 * HOUR)
    integration.published_until = TODAY + 2 * DAY
    afternoon = await home.known_until(TODAY + 15 * HOUR)

    assert (morning, afternoon) == (TODAY + DAY, TODAY + 2 * DAY)
    assert home.feed.problem is None
    assert home.feed.history.price_at(TODAY + DAY) == price(TODAY + DAY)


async def test_from_publication_on_energyzero_is_asked_from_today_to_tomorrow(home: AskingHome) -> None:
    integration = ACTIONS["energyzero.get_energy_prices"]()
    home.ask("energyzero.get_energy_prices", integration, entity=ENTITY, data={"incl_vat": False})

    for half_hours in range(30):
        await home.known_until(TODAY + (9 + half_hours / 2) * HOUR)

    days = [(call["start"][:10], call["end"][:10]) for call in integration.calls]
    assert days[0] == ("2027-02-04", "2027-02-04")
    assert set(days[1:]) == {("2027-02-04", "2027-02-05")}
    assert {call["incl_vat"] for call in integration.calls} == {False}


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("start_date", "end_date"), ("2027-02-04", "2027-02-05")),
        (("date_from", "date_to"), ("2027-02-04", "2027-02-05")),
        (("from", "to"), ("2027-02-04T00:00:00+01:00", "2027-02-05T23:59:59+01:00")),
        (("start_datetime", "end_datetime"), ("2027-02-04T00:00:00+01:00", "2027-02-05T23:59:59+01:00")),
    ],
)
async def test_an_action_nobody_knows_is_asked_for_both_days_by_what_it_takes(
    home: AskingHome, names: tuple[str, str], told: tuple[str, str]
) -> None:
    integration = Integration(all_there_is, takes=frozenset(names))
    home.ask("strom.get_prices", integration)

    await home.known_until(TODAY + 14 * HOUR)

    assert integration.calls[0] == dict(zip(names, told, strict=True))


async def test_a_day_that_is_not_published_does_not_cost_the_one_that_is(home: AskingHome) -> None:
    integration = Integration(by_days_or_nothing, BY_ENTRY | {"incl_vat"}, SPAN)
    home.ask("energyzero.get_energy_prices", integration, entity=ENTITY)

    known_until = await home.known_until(TODAY + 14 * HOUR)

    assert (known_until, home.feed.problem) == (TODAY + DAY, None)


@pytest.mark.parametrize(("tariff", "incl_vat"), [(None, True), ({"vat": 0.21}, False)])
async def test_vat_comes_with_the_prices_unless_the_tariff_adds_it(
    clock: Clock, tariff: dict[str, float] | None, *, incl_vat: bool
) -> None:
    home = AskingHome(clock)
    integration = ACTIONS["easyenergy.get_energy_usage_prices"]()
    home.ask("easyenergy.get_energy_usage_prices", integration, entity=ENTITY)
    written = {"price_action": {"action": "easyenergy.get_energy_usage_prices", "entity": ENTITY}, "tariff": tariff}
    home.feed = PriceFeed(
        parse(PriceSettings, written), home.hass, home.hass, home.hass, zone=COPENHAGEN, clock=clock, log=LOG
    )

    await home.feed.read()

    assert integration.calls[-1]["incl_vat"] is incl_vat


@pytest.mark.parametrize("key", ["config_entry", "config_entry_id", "entry_id"])
@pytest.mark.parametrize("described", [True, False])
async def test_the_entry_is_told_under_the_name_the_action_has_for_it(
    home: AskingHome, key: str, *, described: bool
) -> None:
    integration = Integration(all_there_is, frozenset({key}))
    home.ask("strom.get_prices", integration, entity=ENTITY)
    if not described:
        home.hass.arguments.clear()

    await home.known_until(TODAY + 9 * HOUR)
    tried = len(integration.calls)
    await home.known_until(TODAY + 14 * HOUR)

    assert home.feed.problem is None
    assert tried <= (1 if described else 3)
    assert integration.calls[tried:] == [{key: ENTRY}]


async def test_an_entity_under_the_key_of_an_entry_stands_for_its_entry(home: AskingHome) -> None:
    integration = Integration(all_there_is, frozenset({"entry_id"}))
    home.ask("strom.get_prices", integration, data={"entry_id": ENTITY})

    assert await home.known_until(TODAY + 9 * HOUR) == TODAY + DAY


async def test_what_an_action_refuses_for_another_reason_is_told_as_it_is(home: AskingHome) -> None:
    home.ask("strom.get_prices", Integration(all_there_is, BY_ENTRY | {"site"}), entity=ENTITY)

    await home.known_until(TODAY + 9 * HOUR)
    await home.known_until(TODAY + 10 * HOUR)

    assert home.feed.problem == "it failed: required key not provided @ data['site']"


async def test_dates_may_be_written_with_words(home: AskingHome) -> None:
    integration = Integration(by_moments, takes=frozenset({"start", "end", "note"}))
    data = {"start": "{today}", "end": "{tomorrow}T23:00:00", "note": ["since {now}", {"area": 5}]}
    home.ask("strom.get_prices", integration, data=data)

    await home.known_until(TODAY + 9 * HOUR)

    assert integration.calls == [
        {
            "start": "2027-02-04",
            "end": "2027-02-05T23:00:00",
            "note": ["since 2027-02-04T09:00:00+01:00", {"area": 5}],
        }
    ]
