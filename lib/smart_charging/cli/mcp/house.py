"""The chargers of a home, by what our entities say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smart_charging.cli.complaints import did_you_mean
from smart_charging.errors import UsageError
from smart_charging.services.home_assistant import EntityState

States = Mapping[str, EntityState]
_STATE, _PRICE = "_state", "_price"
_OF_PRICES = {"prices", "known_until", "currency"}
"""Attributes by which our price sensor differs from those of others."""
_UNKNOWN = {"unknown", "unavailable", "None"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCharger:
    """One charger."""

    id: str
    slug: str
    """Begins the names of all of its entities, such as `monta_garage`."""
    states: States

    @property
    def names(self) -> Sequence[str]:
        """By any of which a person may call it."""
        shown = str(self.attributes("sensor", "state").get("friendly_name", ""))
        return [self.slug, self.slug.partition("_")[2], self.id, shown.rpartition(" ")[0] or shown]

    @property
    def switch(self) -> str:
        """Its switch, by which our apps know it: two accounts may have chargers of the same id."""
        return f"switch.{self.slug}_charging"

    def state(self, domain: str, key: str) -> str | None:
        """An entity's state; None where there is no such entity, or nothing is known."""
        found = self.states.get(f"{domain}.{self.slug}_{key}")
        return None if found is None or found.state in _UNKNOWN else found.state

    def attributes(self, domain: str, key: str) -> Mapping[str, object]:
        """An entity's attributes; empty where there is no such entity."""
        found = self.states.get(f"{domain}.{self.slug}_{key}")
        return {} if found is None else found.attributes

    def first_of(self, key: str, domains: Sequence[str]) -> str | None:
        """The id of the entity with this key, in the first of the domains that has it."""
        ids = [f"{domain}.{self.slug}_{key}" for domain in domains]
        return next((entity_id for entity_id in ids if entity_id in self.states), None)


def chargers_in(states: States) -> Sequence[ShownCharger]:
    """All of them, in the order of their names."""
    ours = {
        entity_id.removeprefix("sensor.").removesuffix(_STATE): state.attributes["charge_point_id"]
        for entity_id, state in sorted(states.items())
        if entity_id.startswith("sensor.") and entity_id.endswith(_STATE) and "charge_point_id" in state.attributes
    }
    return [ShownCharger(id=str(charger_id), slug=slug, states=states) for slug, charger_id in ours.items()]


def prices_in(states: States) -> Mapping[str, Any]:
    """The attributes of our price sensor, which says the same for every account; empty where there is none."""
    ours = (one.attributes for key, one in sorted(states.items()) if key.startswith("sensor.") and key.endswith(_PRICE))
    return next((attributes for attributes in ours if attributes.keys() >= _OF_PRICES), {})


def charger_called(name: str, states: States) -> ShownCharger:
    """The charger that a person means.

    Raises:
        UsageError: None is called so, or several; names those there are.
    """
    there = chargers_in(states)
    meant = [one for one in there if name.casefold() in {known.casefold() for known in one.names}]
    if len(meant) == 1:
        return meant[0]
    slugs = [one.slug for one in meant or there]
    hint = f"write one of {', '.join(slugs)}{did_you_mean(name, slugs)}" if slugs else "Home Assistant shows none"
    raise UsageError(f"charger {name[:40]!r}: {'several are called so' if meant else 'there is none'}; {hint}")
