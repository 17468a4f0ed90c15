"""All entities that a charger has, in one list."""

from __future__ import annotations

from smart_charging.entities.charger import CHARGER_ENTITIES
from smart_charging.entities.mode import MODE_ENTITIES
from smart_charging.entities.need import NEED_ENTITIES
from smart_charging.entities.plan import PLAN_ENTITIES
from smart_charging.entities.publish import EntityKey
from smart_charging.entities.saving import SAVING_ENTITIES
from smart_charging.entities.switch import CHARGING_CONTROLS

ALL_OF_A_CHARGER: tuple[EntityKey, ...] = tuple(
    (row.domain, row.key)
    for table in (CHARGER_ENTITIES, CHARGING_CONTROLS, PLAN_ENTITIES, NEED_ENTITIES, MODE_ENTITIES, SAVING_ENTITIES)
    for row in table
)
