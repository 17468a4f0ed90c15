"""The list of all entities that a charger can have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smart_charging.entities.charger import CHARGER_ENTITIES
from smart_charging.entities.chart import CHART_ENTITIES, MONTHS_ENTITIES
from smart_charging.entities.co2 import CO2_ENTITIES
from smart_charging.entities.helpers import HELPERS, PACKAGE_SWITCH
from smart_charging.entities.measured import CURRENT_ENTITIES
from smart_charging.entities.mode import MODE_ENTITIES
from smart_charging.entities.need import NEED_ENTITIES
from smart_charging.entities.plan import PLAN_ENTITIES
from smart_charging.entities.publish import EntityKey
from smart_charging.entities.saving import SAVING_ENTITIES
from smart_charging.entities.switch import CHARGING_CONTROLS

ALL_OF_A_CHARGER: tuple[EntityKey, ...] = tuple(
    (row.domain, row.key)
    for table in (
        CHARGER_ENTITIES,
        CURRENT_ENTITIES,
        CHARGING_CONTROLS,
        PLAN_ENTITIES,
        CHART_ENTITIES,
        MONTHS_ENTITIES,
        NEED_ENTITIES,
        MODE_ENTITIES,
        SAVING_ENTITIES,
        CO2_ENTITIES,
    )
    for row in table
)


def entity_ids(slug: str, others: Iterable[EntityKey] = ()) -> Iterator[str]:
    """The ids of all entities that one charger can have in Home Assistant, including those of the package.

    Args:
        others: The entities that the charger's cloud adds.
    """
    yield from (f"{domain}.{slug}_{key}" for domain, key in (*ALL_OF_A_CHARGER, *others))
    yield f"switch.{slug}_{PACKAGE_SWITCH}"
    yield from (f"{helper.domain}.{slug}_{helper.key}" for helper in HELPERS)
