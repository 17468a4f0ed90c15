"""The chart of prices and plan as an entity: an image with MQTT, else a sensor that cards can show as one."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime

from smart_charging.entities.publish import EntityDescription

SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartView:
    """One drawing."""

    svg: str
    drawn_at: datetime
    """Changes only with the drawing, which keeps the recorder's database small."""

    @property
    def data_uri(self) -> str:
        """As the source of an `<img>`; a third longer than the SVG, and below the recorder's limit of 16 kB."""
        return f"data:{SVG};base64,{b64encode(self.svg.encode()).decode()}"


def _picture(key: str, name: str) -> tuple[EntityDescription[ChartView], ...]:
    """The two entities that show one kind of drawing."""
    return (
        EntityDescription(domain="image", key=key, name=name, value=lambda view: view.svg, icon="mdi:chart-bar"),
        EntityDescription(
            domain="sensor",
            key=key,
            name=name,
            value=lambda view: view.drawn_at,
            attributes=lambda view: {"chart": view.data_uri},
            device_class="timestamp",
            icon="mdi:chart-bar",
            is_stand_in=True,
        ),
    )


CHART_ENTITIES = _picture("chart", "chart")
MONTHS_ENTITIES = _picture("months_chart", "months")
"""Cost and saving of a charger's sessions by month."""
PRICES_ENTITIES = _picture("prices_chart", "prices of the last week")
"""Of an account, as all its chargers have the same."""
