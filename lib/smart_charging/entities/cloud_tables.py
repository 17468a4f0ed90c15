"""The entities that one cloud adds to those of every cloud."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from smart_charging.entities.account import AccountView
from smart_charging.entities.charger_view import ChargerView
from smart_charging.entities.publish import EntityDescription, EntityKey
from smart_charging.entities.station import StationView


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudTables:
    """What a cloud's folder declares in its `entities.py`; without `entities.py` there is nothing.

    Their keys differ from those that every cloud has. Rows that take commands are obeyed by the cloud's `HasSettings`,
    buttons by its `HasActions`.
    """

    charger: Sequence[EntityDescription[ChargerView]] = field(default=())
    station: Sequence[EntityDescription[StationView]] = field(default=())
    """For charge points that have several connectors, each of which is a charger."""
    account: Sequence[EntityDescription[AccountView]] = field(default=())

    @property
    def charger_keys(self) -> Iterator[EntityKey]:
        """The entities to remove with a charger."""
        return ((row.domain, row.key) for row in self.charger)

    @property
    def station_keys(self) -> Iterator[EntityKey]:
        """The entities to remove with a charge point."""
        return ((row.domain, row.key) for row in self.station)


NO_TABLES = CloudTables()
"""For a cloud that has no entities of its own."""
