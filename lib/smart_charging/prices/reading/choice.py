"""Selects the price lists of one area or home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smart_charging.errors import PriceError
from smart_charging.prices.reading import vocabulary
from smart_charging.prices.reading.columns import flat
from smart_charging.prices.reading.lists import PriceList
from smart_charging.prices.reading.moments import looks_like_moment
from smart_charging.prices.reading.rows import split_by
from smart_charging.prices.reading.saying import listed, short
from smart_charging.prices.reading.scale import AREA, PARTED
from smart_charging.prices.reading.words import words_of

_GROUPS = frozenset({"prices", "areas", "zones", "regions", "homes", "biddingzones"})
"""Keys whose value has lists by area or home."""
_AREA_KEYS = ("area", "price_area", "priceArea", "PriceArea", "bidding_zone", "biddingZone", "zone", "region", "home")


def chosen(lists: Sequence[PriceList], area: str | None) -> list[PriceList]:
    """The lists of one area or home; lists that are not by area or home are all taken.

    Raises:
        PriceError: `area` is none of those there are, or there are several and no `area` is given.
    """
    parted = [part for one in lists for part in _parted(one)]
    owners = {id(one): _owner(one, parted) for one in parted}
    names = list(dict.fromkeys(owner for owner in owners.values() if owner))
    wanted = [name for name in names if area is None or area.casefold() == name.casefold()]
    if not names and area and (of_area := [one for one in parted if _is_on_the_way(area, one)]):
        return of_area
    if names and len(wanted) != 1:
        raise PriceError(f"there are prices for {listed(names)}; write which one to use, as price_area")
    return [one for one in parted if owners[id(one)] in {None, *wanted}]


def _parted(one: PriceList) -> list[PriceList]:
    """The list split by the area in its rows, where there are several."""
    rows = [flat(row) for row in one.rows[:200]]
    for key in _AREA_KEYS:
        if len({short(row.get(key)) for row in rows if row.get(key) is not None}) > 1:
            parts = split_by(one.rows, key).items()
            return [replace(one, path=(*one.path, PARTED, name), rows=part) for name, part in parts]
    return [one]


def _owner(one: PriceList, lists: Sequence[PriceList]) -> str | None:
    """The area or home that a list belongs to, or None."""
    for depth, name in enumerate(one.path):
        group = one.path[depth - 1] if depth else ""
        siblings = {
            other.path[depth] for other in lists if other.path[:depth] == one.path[:depth] and len(other.path) > depth
        }
        are_areas = all(map(AREA.fullmatch, siblings))
        is_home = group.casefold() in _GROUPS and not any(map(_is_no_home, siblings))
        if are_areas or is_home:
            return name
    return None


def _is_on_the_way(area: str, one: PriceList) -> bool:
    return area.casefold() in {name.casefold() for name in one.path}


def _is_no_home(name: str) -> bool:
    """Whether a key is a day, a kind of list or an index rather than a home's name."""
    words = words_of(name)
    if name.isdecimal() or looks_like_moment(name):
        return True
    return vocabulary.day_offset(words) is not None or vocabulary.names_prices(words) or vocabulary.names_hours(words)
