"""A report on what was read from a price source, as text and as JSON."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smart_charging.picture.terminal import chart, mean_price
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.reading.understanding import ListRead, Understanding
from smart_charging.printable import printable

_MINUTE = timedelta(minutes=1)
_LABELS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceReport:
    """A source, what was found in it, and its prices with the tariff."""

    names: Sequence[str]
    """The names of the files or entities, or of the action."""
    found: Understanding
    priced: PriceCurve
    """The prices with the tariff, if there is one that has to be added."""
    has_tariff: bool
    zone: ZoneInfo
    feed_in: PriceCurve | None = None
    """What a kWh brings that leaves the house; empty where that is unknown, None where nothing is written."""

    @property
    def is_tariff_added(self) -> bool:
        """Whether there is a tariff and the prices do not include fees already."""
        return self.has_tariff and not self.found.are_fees_inside


def as_text(report: PriceReport) -> Iterator[str]:
    """What was found, a table and a chart, with times in the report's zone."""
    for label, text in _facts(report):
        yield f"{label:{_LABELS}}{printable(text)}".rstrip()
    yield ""
    yield from _table(report)
    if slots := report.priced.slots:
        yield ""
        width = shutil.get_terminal_size().columns
        yield from chart(report.priced, slots[0].start, slots[-1].end, zone=report.zone, width=width)


def as_json(report: PriceReport) -> str:
    """The report as JSON, with times in UTC and null for unknown."""
    found = report.found
    resolution = found.resolution
    told = {
        "sources": list(report.names),
        "lists": [asdict(one) for one in found.lists],
        "currency": found.curve.currency,
        "resolution_minutes": resolution and resolution / _MINUTE,
        "known_until": found.known_until and found.known_until.isoformat(),
        "holes": [{"start": start.isoformat(), "end": end.isoformat()} for start, end in found.holes],
        "are_fees_inside": found.are_fees_inside,
        "is_tariff_added": report.is_tariff_added,
        "left_out": list(found.left_out),
        "slots": [_slot(slot, report) for slot in report.priced],
    }
    return json.dumps(told, indent=2)


def _slot(slot: PriceSlot, report: PriceReport) -> dict[str, object]:
    told: dict[str, object] = {
        "start": slot.start.isoformat(),
        "end": slot.end.isoformat(),
        "source_price_per_kwh": mean_price(report.found.curve, slot.start, slot.end),
        "price_per_kwh": slot.price_per_kwh,
        "is_estimate": slot.is_estimate,
    }
    if report.feed_in is not None:
        told["feed_in_per_kwh"] = mean_price(report.feed_in, slot.start, slot.end)
    return told


def _facts(report: PriceReport) -> Iterator[tuple[str, str]]:
    found, zone = report.found, report.zone
    yield "source", ", ".join(report.names)
    for one in found.lists:
        yield "", ""
        yield from _facts_of_list(one)
    yield "", ""
    yield "resolution", _length(found.resolution)
    yield "known until", f"{_moment(found.known_until, zone)} ({zone.key})"
    yield "holes", "; ".join(f"{_moment(start, zone)} to {_moment(end, zone)}" for start, end in found.holes) or "none"
    yield "fees and taxes", _fees(report)
    for place, sentence in enumerate(found.left_out or ["nothing"]):
        yield "" if place else "left out", sentence


def _facts_of_list(one: ListRead) -> Iterator[tuple[str, str]]:
    forecast = ", a forecast" if one.is_forecast else ""
    yield "list", f"{one.place or 'the source itself'}: {one.shape}, {one.rows} of them{forecast}"
    keys = {"start": one.start_key, "end": one.end_key, "price": one.value_key}
    yield "keys", ", ".join(f"{what} is {key}" for what, key in keys.items() if key) or "none"
    yield "unit", one.unit
    yield "scale", f"a number times {one.factor:g} is a price per kWh"
    yield "why", one.why


def _fees(report: PriceReport) -> str:
    if report.found.are_fees_inside:
        return "inside, by what the source says" + ("; the tariff is not added" if report.has_tariff else "")
    return "the source names none; " + ("the tariff is added" if report.has_tariff else "there is no tariff to add")


def _table(report: PriceReport) -> Iterator[str]:
    """The source's prices and, where they are written, those with the tariff and of feed-in beside them."""
    columns = {f"{report.priced.currency or 'money'}/kWh": report.found.curve}
    columns |= {"with tariff": report.priced} if report.has_tariff else {}
    columns |= {} if report.feed_in is None else {"feed-in": report.feed_in}
    yield f"{'from':16}  {'to':5}" + "".join(f"  {title:>14}" for title in columns)
    for slot in report.priced:
        prices = [mean_price(curve, slot.start, slot.end) for curve in columns.values()]
        cells = "".join(f"  {'unknown' if price is None else f'{price:.4f}':>14}" for price in prices)
        end = _moment(slot.end, report.zone).split(" ", 1)[-1]
        yield f"{_moment(slot.start, report.zone)}  {end}{cells}{'  estimated' if slot.is_estimate else ''}"


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    """A local time, with seconds only if there are any."""
    if moment is None:
        return "unknown"
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def _length(length: timedelta | None) -> str:
    return "unknown" if length is None else f"{length / _MINUTE:g} minutes"
