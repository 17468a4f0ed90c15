"""A package for Home Assistant: scripts that answer, and real entities that know areas and have unique ids.

What they show comes from our own entities, what they do goes through our event.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from jinja2 import Environment, PackageLoader, StrictUndefined

from smart_charging.charger import Charger
from smart_charging.entities.names import PREFIX, Slugs
from smart_charging.entities.publish import slug
from smart_charging.entities.switch import CHARGING_SWITCH
from smart_charging.services.first_apps import printable
from smart_charging.services.limit import MOST_KWH, MOST_MINUTES
from smart_charging.services.targets import EVERY, PACKAGE_START, PACKAGE_STOP, PACKAGE_SWITCH

TEMPLATE = "ha_package.yaml.j2"
PATIENCE = timedelta(minutes=1)
"""How long a script waits for AppDaemon, which may have to wait for Monta's quota."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One charger as the template needs it."""

    id: str
    label: str
    """For people, in a list to choose from."""
    title: str
    """What its entities' names begin with; Home Assistant makes their ids of it."""
    shown_by: str
    """Our own switch, which says whether a charge runs or is wanted."""


def ha_package(chargers: Sequence[Charger], *, patience: timedelta = PATIENCE) -> str:
    """The package's YAML.

    Args:
        chargers: At least one, with the names or aliases that our entity ids are made of, in the cloud's order.
        patience: From a script's event to its answer that nobody answered.
    """
    environment = Environment(  # noqa: S701  # it makes YAML; whatever people name is quoted
        loader=PackageLoader("smart_charging.services", ""),
        undefined=StrictUndefined,
        # Jinja's usual marks are Home Assistant's, in the very same file.
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quoted"] = _quoted
    return environment.get_template(TEMPLATE).render(
        chargers=_rows(chargers),
        every=EVERY,
        patience_s=round(patience.total_seconds()),
        most_kwh=MOST_KWH,
        most_minutes=MOST_MINUTES,
        switch_key=PACKAGE_SWITCH,
        start_key=PACKAGE_START,
        stop_key=PACKAGE_STOP,
    )


def _rows(chargers: Sequence[Charger]) -> list[Row]:
    slugs = Slugs({})
    (switch,) = CHARGING_SWITCH
    return [
        Row(
            id=charger.id,
            label=charger.name,
            title=_title(charger.name, slugs.of(charger)),
            shown_by=f"{switch.domain}.{slugs.of(charger)}_{switch.key}",
        )
        for charger in chargers
    ]


def _title(name: str, word: str) -> str:
    """The name itself where Home Assistant makes the same word of it as we do, else the word."""
    title = f"{PREFIX.capitalize()} {name}"
    is_plain = all(slug(letter) if letter.isalnum() else letter in " -" for letter in name)
    return title if is_plain and slug(title) == word else word.replace("_", " ").capitalize()


def _quoted(text: str) -> str:
    """As YAML in double quotes, which are JSON's."""
    return json.dumps(printable(text), ensure_ascii=False)
