"""Which chargers somebody means: by id, by name, by an entity id of ours, several, or all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smart_charging.charger import Charger
from smart_charging.entities.helpers import HELPERS
from smart_charging.entities.tables import ALL_OF_A_CHARGER
from smart_charging.errors import CommandError
from smart_charging.services.watching.polling import Polling

EVERY = "all"
"""The word for all chargers of the account."""

PACKAGE_SWITCH, PACKAGE_START, PACKAGE_STOP = "charge", "start_charging", "stop_charging"
"""Ends of the entity ids in the package for Home Assistant.

Not `charging`, the switch of ours that has no unique id: two entities cannot share an id. The buttons do share
theirs with MQTT's, which stand in for them.
"""
MISSING = (
    f"charge_point_id is missing; write a charger's id, its name, one of its entity ids, a list of these, or {EVERY}"
)


def written_ones(written: object) -> Sequence[str]:
    """What was written as `charge_point_id`, one text for each charger it may mean.

    Raises:
        CommandError: Nothing was written, or nothing that can mean a charger.
    """
    items = written if isinstance(written, list | tuple) else [written]
    if not items or not all(_may_mean_a_charger(item) for item in items):
        raise CommandError(MISSING)
    return [_text(item) for item in items]


def find(text: str, polling: Polling) -> Charger:
    """The one charger meant by an id, a name or an entity id of ours.

    Raises:
        CommandError: None is, or several of one name are; the message names those there are.
    """
    if charger := polling.chargers.get(text):
        return charger
    found = [c for c in polling.chargers.values() if _goes_by(text, c) or text in entity_ids(polling.slug(c))]
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(f"{len(found)} chargers are called {text}; write one's id: {', '.join(c.id for c in found)}")
    known = ", ".join(f"{c.id} ({c.name})" for c in polling.chargers.values()) or "none at all"
    raise CommandError(f"there is no charge point {text} in this account; there is {known}")


def entity_ids(slug: str) -> Iterator[str]:
    """All that may stand in Home Assistant for one charger, the package's own included."""
    yield from (f"{domain}.{slug}_{key}" for domain, key in ALL_OF_A_CHARGER)
    yield f"switch.{slug}_{PACKAGE_SWITCH}"
    yield from (f"{helper.domain}.{slug}_{helper.key}" for helper in HELPERS)


def _goes_by(text: str, charger: Charger) -> bool:
    return text.casefold() == charger.name.strip().casefold()


def _may_mean_a_charger(item: object) -> bool:
    return isinstance(item, str | int | float) and not isinstance(item, bool) and bool(_text(item))


def _text(value: object) -> str:
    """Home Assistant's number selector sends 410002.0 for 410002."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
