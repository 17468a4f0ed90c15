"""The result of reading price sources: the curve, and all that a person needs to check it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.reading import vocabulary
from smart_charging.prices.reading.advice import nothing_found
from smart_charging.prices.reading.asked import Asked
from smart_charging.prices.reading.finding import is_list_of_prices, price_lists
from smart_charging.prices.reading.lists import PriceList
from smart_charging.prices.reading.one_source import ReadList, curve_of, read_source
from smart_charging.prices.reading.words import words_of

Source = Mapping[str, object]

_WRAPPERS = ("result", "response", "service_response", "attributes")
"""Keys around an action's answer, as AppDaemon gives it, and around a whole state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRead:
    """A price list that was read."""

    place: str
    """Its path in the source, such as `raw_today` or `prices.Home`."""
    shape: str
    """Its format: rows, pairs, times as keys, an attribute per hour, numbers of a day."""
    start_key: str | None
    end_key: str | None
    value_key: str
    rows: int
    unit: str
    """The unit of its numbers, such as `cents of EUR/kWh`."""
    factor: float
    """From its numbers to a price per kWh in the main unit."""
    why: str
    """Where the unit was found."""
    is_forecast: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """The prices of one or more sources, and the lists they are from."""

    curve: PriceCurve
    lists: Sequence[ListRead]
    """In order of precedence."""
    are_fees_inside: bool
    """Whether the source says that its prices include grid fees or taxes, which a tariff would then count twice."""
    left_out: Sequence[str]
    """Sentences about what was found but not used."""

    @property
    def resolution(self) -> timedelta | None:
        """The most common length of a slot."""
        return Counter(slot.length for slot in self.curve).most_common(1)[0][0] if self.curve else None

    @property
    def known_until(self) -> datetime | None:
        """End of the last published price."""
        return self.curve.known_until

    @property
    def holes(self) -> Sequence[tuple[datetime, datetime]]:
        """The gaps between the first and the last slot."""
        return [(one.end, other.start) for one, other in pairwise(self.curve) if one.end < other.start]


def understood(sources: Source | Sequence[Source], asked: Asked, *, names: Sequence[str] = ()) -> Understanding:
    """Read the sources, with the reasons for how they were read.

    Args:
        sources: An entity's attributes or an action's answer, as AppDaemon gives them; several where today and
            tomorrow are separate, of which some may be empty.
        asked: The settings for reading them.
        names: Of the entities or the action, for advice when nothing can be read.

    Raises:
        PriceError: There are no prices, or they cannot be right; the message is one line.
    """
    apart = [unwrapped(one) for one in _apart(sources)]
    parts: list[ReadList] = []
    passed_over: list[str] = []
    curves: list[PriceCurve] = []
    for source in apart:
        read, others = read_source(source, asked)
        parts += read
        passed_over += others
        if any(part.slots for part in read):
            curves.append(curve_of(read))
    if not curves:
        raise nothing_found(apart, names, passed_over)
    return Understanding(
        curve=_joined(curves, parts),
        lists=[_told(part) for part in parts],
        are_fees_inside=any(map(_says_fees_inside, apart)) or any(_holds_all_fees(part.one) for part in parts),
        left_out=[*passed_over, *(sentence for part in parts for sentence in part.left_out)],
    )


def unwrapped(source: Source) -> Source:
    """An action's answer without AppDaemon's envelope, or the attributes of a whole state."""
    for _ in range(8):
        inner = next((inner for key in _WRAPPERS if isinstance(inner := source.get(key), Mapping)), None)
        if inner is None:
            break
        source = inner
    return source


def fees_inside(source: Source, asked: Asked) -> bool:
    """Whether a source's prices include fees, by its attributes or the name of the price."""
    try:
        lists, _ = price_lists(source, asked)
    except PriceError:
        lists = []
    return _says_fees_inside(source) or any(map(_holds_all_fees, lists))


def _says_fees_inside(source: Source) -> bool:
    return bool(source.get("tariffs") or source.get("additional_costs_current_hour"))


def _holds_all_fees(one: PriceList) -> bool:
    return vocabulary.holds_all_fees(words_of(one.columns.value))


def _apart(sources: Source | Sequence[Source]) -> Sequence[Source]:
    if isinstance(sources, Mapping):
        return [sources]
    return [{"prices": sources}] if len(sources) > 1 and is_list_of_prices(sources) else list(sources)


def _joined(curves: Sequence[PriceCurve], parts: Sequence[ReadList]) -> PriceCurve:
    """Several curves merged into one; where they overlap, the first counts."""
    currencies = {part.scale.currency for part in parts if part.scale.currency and part.slots}
    if len(currencies) > 1:
        raise PriceError(f"the prices come in {' and '.join(sorted(currencies))}; use sources in one currency")
    joined = curves[0]
    for curve in curves[1:]:
        joined = joined.filled_from(curve)
    return joined


def _told(part: ReadList) -> ListRead:
    columns = part.one.columns
    return ListRead(
        place=part.one.place,
        shape=part.one.shape,
        start_key=columns.start or columns.clock,
        end_key=columns.end,
        value_key=columns.value,
        rows=len(part.one.rows),
        unit=part.scale.unit,
        factor=part.scale.factor,
        why=part.scale.why,
        is_forecast=part.one.is_forecast,
    )
