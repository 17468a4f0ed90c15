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


CHART_ENTITIES: tuple[EntityDescription[ChartView], ...] = (
    EntityDescription(
        domain="image",
        key="chart",
        name="chart",
        value=lambda view: view.svg,
        icon="mdi:chart-bar",
    ),
    EntityDescription(
        domain="sensor",
        key="chart",
        name="chart",
        value=lambda view: view.drawn_at,
        attributes=lambda view: {"chart": view.data_uri},
        device_class="timestamp",
        icon="mdi:chart-bar",
        is_stand_in=True,
    ),
)
