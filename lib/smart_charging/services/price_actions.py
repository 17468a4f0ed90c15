"""Prices in the answers of an action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from smart_charging.config.prices import PriceActionSettings, PriceSettings
from smart_charging.errors import ActionError, ChargingError, PriceError
from smart_charging.prices.asked import PriceKeys
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.sources import has_fees_inside, is_published, read_prices
from smart_charging.services.home import Integrations
from smart_charging.services.publication import LastAsk, due_days, missing_days, next_ask, span_of
from smart_charging.services.quotes import NOTHING, Quote

Data = Mapping[str, Any]

NOT_PUBLISHED = "empty_response"
"""How Nord Pool's integration in the core speaks of a day to come."""


class ActionSource:
    """Asks when prices ought to be there that are not known, and keeps quiet otherwise."""

    followed: Sequence[str] = ()

    def __init__(self, action: PriceActionSettings, settings: PriceSettings, home: Integrations, zone: tzinfo) -> None:
        self._asked = action
        self._settings = settings
        self._keys = PriceKeys(**settings.price_keys.model_dump()) if settings.price_keys else PriceKeys()
        self._home = home
        self._zone = zone
        self._last: LastAsk | None = None
        self._entry: str | None = None
        self._problem: ChargingError | None = None
        self.name = action.action
        self.next_ask: datetime | None = None

    def hurry(self) -> None:
        """Home Assistant is back: what failed before may work now."""
        if self._last and self._last.failures:
            self._last = None

    async def quote(self, now: datetime, known: PriceCurve) -> Quote:
        """What it answers when it is time to ask; else nothing, and what went wrong the last time."""
        quote = Quote(problem=self._problem)
        if next_ask(now, known, self._last) <= now:
            quote = await self._ask(now, known)
            failures = self._last.failures if self._last else 0
            self._last = LastAsk(at=now, failures=failures + 1 if quote.problem else 0)
            self._problem = quote.problem
        self.next_ask = next_ask(now, quote.curve.over(known) if quote.curve else known, self._last)
        return quote

    async def _ask(self, now: datetime, known: PriceCurve) -> Quote:
        curve, has_fees = NOTHING, False
        try:
            for data in self._questions(now, known):
                if (answer := await self._answer(data)) is not None:
                    curve = curve.over(self._read(answer, now))
                    has_fees = has_fees or has_fees_inside(answer, keys=self._keys)
        except (ActionError, PriceError) as err:
            self._entry = None  # it may have been set up anew
            return Quote(curve=curve, has_fees_inside=has_fees, problem=err)
        problem = None
        if curve.over(known).price_at(now) is None:
            problem = PriceError(f"{self.name} answered without a price for now")
        return Quote(curve=curve, has_fees_inside=has_fees, problem=problem)

    def _questions(self, now: datetime, known: PriceCurve) -> Iterator[Data]:
        """One for each call."""
        days = missing_days(now, known) or due_days(now)
        match self.name:
            case "nordpool.get_prices_for_date" | "nordpool.get_price_indices_for_date":
                for day in days:
                    yield {"date": day.isoformat()}
            case "tibber.get_prices":
                start, end = span_of(days[0])[0], span_of(days[-1])[1]
                yield {"start": self._wall(start), "end": self._wall(end)}
            case _:
                yield {}

    def _wall(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).isoformat()

    async def _answer(self, days: Data) -> Mapping[str, Any] | None:
        """None where nothing is published yet."""
        data = {**await self._filled_in(), **self._asked.data, **days}
        try:
            answer = await self._home.call_action(self.name, data)
        except ActionError as err:
            if err.reason == NOT_PUBLISHED:
                return None
            raise
        return answer if is_published(answer) else None

    async def _filled_in(self) -> Data:
        data: dict[str, str] = {}
        if self.name.startswith("nordpool."):
            written = {"areas": self._settings.price_area, "currency": self._settings.price_currency}
            data |= {key: value for key, value in written.items() if value}
        if self._asked.entity:
            data["config_entry"] = self._entry = self._entry or await self._entry_of(self._asked.entity)
        return data

    async def _entry_of(self, entity_id: str) -> str:
        entry = await self._home.config_entry_of(entity_id)
        if entry is None:
            raise ActionError(f"{entity_id} is no entity of an integration; name one as price_action's entity")
        return entry

    def _read(self, answer: Mapping[str, Any], now: datetime) -> PriceCurve:
        return read_prices(
            answer,
            zone=self._zone,
            now=now,
            unit=self._settings.price_unit,
            currency=self._settings.price_currency or _text(self._asked.data.get("currency")),
            area=self._settings.price_area or _text(self._asked.data.get("areas")),
            keys=self._keys,
            names=(self.name,),
        )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
