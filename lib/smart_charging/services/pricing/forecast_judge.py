"""Remembers what was forecast of prices, and how right it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.track_record import DAYS, Errors, ForecastsMade, TrackRecord
from smart_charging.services.store import Store, recalled_part
from smart_charging.services.stored import amount, moment, number, optional, rows, table

KEY = "price_forecast"
_A_DAY = timedelta(hours=23)
_DIGITS = 5


class ForecastJudge:
    """Compares two forecasts with what is published later; kept over restarts, and written once a day."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._of: str | None = None
        """What is compared; errors of another forecast, or in another currency, are forgotten."""
        self._judged_until: datetime | None = None
        self._made: Sequence[ForecastsMade] = ()
        self.record = TrackRecord()

    @property
    def is_busy(self) -> bool:
        """Whether there are forecasts for what is not published yet."""
        return bool(self._made)

    async def judge(
        self, of: str, published: PriceCurve, ours: Callable[[datetime], PriceCurve], theirs: PriceCurve
    ) -> None:
        """Learn from what was published since the last time, and note what is forecast now.

        Args:
            of: Names the other forecast.
            ours: Our own estimates from a moment on.
        """
        if of != self._of:
            await self._recall(of)
        if (known_until := published.known_until) is None:
            return
        if is_new := _is_a_day_later(known_until, self._judged_until):
            self._learn(published, known_until)
        noted_until = self._made[-1].known_until if self._made else None
        if _is_a_day_later(known_until, noted_until) and theirs.price_at(known_until) is not None:
            self._made = [*self._made, ForecastsMade.now(known_until, ours(known_until), theirs)]
            is_new = True
        if is_new:
            await self._store.remember(KEY, self._to_dict())

    def _learn(self, published: PriceCurve, known_until: datetime) -> None:
        if self._judged_until:
            self.record = self.record.judged(self._made, published, self._judged_until)
        self._judged_until = known_until
        self._made = [made for made in self._made if made.end > known_until]

    async def _recall(self, of: str) -> None:
        facts = await self._store.recall(KEY)
        kept = recalled_part(self._store, KEY, facts, _kept) if facts.get("of") == of else None
        self._of = of
        self._judged_until, self._made, self.record = kept or (None, (), TrackRecord())

    def _to_dict(self) -> Mapping[str, Any]:
        return {
            "of": self._of,
            "judged_until": self._judged_until and self._judged_until.isoformat(),
            "made": [
                {
                    "known_until": made.known_until.isoformat(),
                    "ours": _written(made.ours),
                    "theirs": _written(made.theirs),
                }
                for made in self._made
            ],
            "ours": [[errors.count, errors.mean, errors.square] for errors in self.record.ours],
            "theirs": [[errors.count, errors.mean, errors.square] for errors in self.record.theirs],
        }


def _is_a_day_later(at: datetime, than: datetime | None) -> bool:
    """Days are 23 hours at the shortest; prices that come by and by are taken together."""
    return than is None or at - than >= _A_DAY


def _written(prices: Sequence[float | None]) -> Sequence[float | None]:
    return [None if price is None else round(price, _DIGITS) for price in prices]


def _kept(facts: Mapping[str, Any]) -> tuple[datetime | None, Sequence[ForecastsMade], TrackRecord]:
    """The opposite of `ForecastJudge._to_dict`."""
    record = TrackRecord(ours=_errors(facts["ours"]), theirs=_errors(facts["theirs"]))
    return optional(moment, facts["judged_until"]), [_made(table(one)) for one in rows(facts["made"])], record


def _made(facts: Mapping[str, Any]) -> ForecastsMade:
    ours, theirs = ([optional(amount, price) for price in rows(facts[whose])] for whose in ("ours", "theirs"))
    if len(ours) != len(theirs):
        raise ValueError("two forecasts differ in length")
    return ForecastsMade(known_until=moment(facts["known_until"]), ours=ours, theirs=theirs)


def _errors(stored: object) -> Sequence[Errors]:
    errors = [
        Errors(count=number(count), mean=amount(mean), square=number(square)) for count, mean, square in rows(stored)
    ]
    if len(errors) != DAYS:
        raise ValueError(f"errors of {len(errors)} days")
    return errors
