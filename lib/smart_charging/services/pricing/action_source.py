"""Reads prices by calling an action of Home Assistant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from smart_charging.config.arguments import ENTITY_ID
from smart_charging.config.prices import PriceActionSettings, PriceSettings
from smart_charging.errors import ActionError, ChargingError, PriceError
from smart_charging.prices.curve import NO_PRICES, PriceCurve
from smart_charging.prices.reading.sources import has_fees_inside, is_published
from smart_charging.prices.reading.understanding import understood
from smart_charging.services.home_assistant import Integrations
from smart_charging.services.pricing.action_arguments import ENTRY_KEYS, Data, Takes, filled_in, is_of_dates, takes_of
from smart_charging.services.pricing.publication import LastAsk, due_days, missing_days, next_ask, span_of
from smart_charging.services.pricing.source import PriceReading, asked_of, keys_of

NOT_PUBLISHED = frozenset({"empty_response", "no_data"})
"""Errors of core integrations (Nord Pool, EnergyZero) for a day that is not published yet."""
_LAST_MOMENT = timedelta(seconds=1)
_REFUSED = re.compile(r"(?:extra keys not allowed|required key not provided) @ data\['(\w+)'\]")


class ActionSource:
    """Calls the action only when prices should be available that are not known yet."""

    followed: Sequence[str] = ()

    def __init__(self, action: PriceActionSettings, settings: PriceSettings, home: Integrations, zone: tzinfo) -> None:
        self._asked = action
        self._settings = settings
        self._keys = keys_of(settings)
        self._home = home
        self._zone = zone
        self._last: LastAsk | None = None
        self._entries: dict[str, str] = {}
        self._entry_key: str | None = None
        self._problem: ChargingError | None = None
        self.name = action.action
        self.next_ask: datetime | None = None

    def hurry(self) -> None:
        """Home Assistant is back: call again at once if the last call failed."""
        if self._last and self._last.failures:
            self._last = None

    async def read(self, now: datetime, known: PriceCurve) -> PriceReading:
        """The action's prices when it is time to call it; else no prices, and the last problem."""
        reading = PriceReading(problem=self._problem)
        if next_ask(now, known, self._last) <= now:
            reading = await self._ask(now, known)
            failures = self._last.failures if self._last else 0
            self._last = LastAsk(at=now, failures=failures + 1 if reading.problem else 0)
            self._problem = reading.problem
        self.next_ask = next_ask(now, reading.curve.filled_from(known) if reading.curve else known, self._last)
        return reading

    async def _ask(self, now: datetime, known: PriceCurve) -> PriceReading:
        curve, has_fees = NO_PRICES, False
        try:
            takes = takes_of(self.name, await self._home.arguments_of(self.name))
            for days in _days_of_each_call(takes, now, known):
                if (answer := await self._answer(takes, days, now, known)) is not None:
                    curve = curve.filled_from(self._read(answer, now))
                    has_fees = has_fees or has_fees_inside(answer, keys=self._keys)
        except (ActionError, PriceError) as err:
            self._entries.clear()  # the integration may have been set up again with another entry
            return PriceReading(curve=curve, has_fees_inside=has_fees, problem=err)
        problem = None
        if curve.filled_from(known).price_at(now) is None:
            problem = PriceError(f"{self.name} answered without a price for now")
        return PriceReading(curve=curve, has_fees_inside=has_fees, problem=problem)

    async def _answer(
        self, takes: Takes, days: Sequence[date], now: datetime, known: PriceCurve
    ) -> Mapping[str, Any] | None:
        """None where nothing is published yet; asked for both days, some actions then refuse today as well."""
        answer = await self._published(takes, days, now)
        if answer is None and len(days) > 1 and days[0] in missing_days(now, known):
            return await self._published(takes, days[:1], now)
        return answer

    async def _published(self, takes: Takes, days: Sequence[date], now: datetime) -> Mapping[str, Any] | None:
        try:
            answer = await self._call(takes, days, now)
        except ActionError as err:
            if err.reason in NOT_PUBLISHED:
                return None
            raise
        return answer if is_published(answer) else None

    async def _call(self, takes: Takes, days: Sequence[date], now: datetime) -> Mapping[str, Any]:
        """Call the action, trying the known names for the config entry's argument until one is accepted."""
        written = await self._written(now)
        data = {**self._demanded(takes), **written, **self._days(takes, days, written)}
        if self._asked.entity is None or any(key in written for key in ENTRY_KEYS):
            return await self._home.call_action(self.name, data)
        entry = await self._entry_of(self._asked.entity)
        for key in dict.fromkeys([self._entry_key or takes.entry or ENTRY_KEYS[0], *ENTRY_KEYS]):
            try:
                answer = await self._home.call_action(self.name, {**data, key: entry})
            except ActionError as err:
                if not _is_about_entry(err):
                    raise
            else:
                self._entry_key = key
                return answer
        return await self._home.call_action(self.name, data)  # it takes no entry, although one is configured

    async def _written(self, now: datetime) -> Data:
        """`data` with dates filled in; where a config entry is expected, an entity id is replaced by its entry."""
        written = {key: filled_in(value, now, self._zone) for key, value in self._asked.data.items()}
        for key in ENTRY_KEYS:
            if re.fullmatch(ENTITY_ID, str(written.get(key, ""))):
                written[key] = await self._entry_of(written[key])
        return written

    def _demanded(self, takes: Takes) -> Data:
        demanded = dict(takes.demands)
        if "incl_vat" in demanded:
            demanded["incl_vat"] = not (self._settings.tariff and self._settings.tariff.vat)
        if self.name.startswith("nordpool."):
            chosen = {"areas": self._settings.price_area, "currency": self._settings.price_currency}
            demanded |= {key: value for key, value in chosen.items() if value}
        return demanded

    def _days(self, takes: Takes, days: Sequence[date], written: Data) -> Data:
        """The arguments for the days, except for those that `data` fills with `{today}` and the like."""
        asked: dict[str, str] = {}
        if takes.day:
            asked[takes.day] = days[0].isoformat()
        if takes.span:
            end = span_of(days[-1])[1] - (timedelta(0) if takes.is_end_excluded else _LAST_MOMENT)
            bounds = zip(takes.span, (span_of(days[0])[0], end), strict=True)
            asked |= {name: self._told(name, moment) for name, moment in bounds}
        return {key: text for key, text in asked.items() if written.get(key) == self._asked.data.get(key)}

    def _told(self, name: str, moment: datetime) -> str:
        local = moment.astimezone(self._zone)
        return local.date().isoformat() if is_of_dates(name) else local.isoformat()

    async def _entry_of(self, entity_id: str) -> str:
        if entity_id not in self._entries:
            entry = await self._home.config_entry_of(entity_id)
            if entry is None:
                raise ActionError(f"{entity_id} is no entity of an integration; name one as price_action's entity")
            self._entries[entity_id] = entry
        return self._entries[entity_id]

    def _read(self, answer: Mapping[str, Any], now: datetime) -> PriceCurve:
        asked = asked_of(self._settings, zone=self._zone, now=now)
        return understood(answer, asked, names=(self.name,)).curve


def _days_of_each_call(takes: Takes, now: datetime, known: PriceCurve) -> Iterator[Sequence[date]]:
    """One call per day, or one for today and tomorrow together where the action does not take a single day."""
    if not takes.day:
        yield due_days(now)
        return
    for day in missing_days(now, known) or due_days(now):
        yield [day]


def _is_about_entry(error: ActionError) -> bool:
    refused = _REFUSED.search(str(error))
    return refused is not None and refused[1] in ENTRY_KEYS
