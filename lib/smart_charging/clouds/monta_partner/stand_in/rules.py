"""The stand-in's charging rules: kept and told, but no charge starts by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from smart_charging.clouds.monta_partner.stand_in.by_shape import Json
from smart_charging.clouds.monta_partner.stand_in.lists import found
from smart_charging.clouds.monta_partner.stand_in.served import Asked, Handler

_FIRST_ID = 6101
_TYPES = ("smart_charge", "scheduled", "instant")


@dataclass(slots=True)
class Rules:
    """Rules by charge point and id."""

    of_points: dict[int, dict[int, Json]] = field(default_factory=dict)

    def handlers(self) -> Mapping[str, Handler]:
        """By operation."""
        return {
            "get-charge-point-charging-rules": self._all,
            "post-charge-point-charging-rules": self._create,
            "get-charge-point-charging-rule": self._rule,
            "put-charge-point-charging-rule": self._replace,
            "delete-charge-point-charging-rule": self._delete,
        }

    def add(self, charge_point_id: int, **rule: object) -> int:
        """Add a rule as people do in Monta's app; returns its id."""
        of_point = self.of_points.setdefault(charge_point_id, {})
        rule_id = _FIRST_ID + sum(map(len, self.of_points.values()))
        usual: Json = {
            "id": rule_id,
            "name": "At night",
            "type": "smart_charge",
            "isActive": True,
            "isSponsored": False,
            "creatorUserId": 9,
            "vehicleId": None,
            "supportedChargingRuleTypes": list(_TYPES),
            "settings": {"start": 1320, "beReadyAt": "06:00"},
        }
        of_point[rule_id] = usual | rule
        return rule_id

    def _of_point(self, asked: Asked) -> dict[int, Json]:
        return self.of_points.get(int(asked.path["chargePointId"]), {})

    def _rule(self, asked: Asked) -> Json:
        return found(self._of_point(asked), asked.path["chargingRuleId"])

    def _all(self, asked: Asked) -> Sequence[Json]:
        return list(self._of_point(asked).values())

    def _create(self, asked: Asked) -> Json:
        point_id = int(asked.path["chargePointId"])
        rule_id = self.add(point_id, **asked.body)
        return self.of_points[point_id][rule_id]

    def _replace(self, asked: Asked) -> Json:
        """What is not told is gone."""
        rule = self._rule(asked)
        rule.update({"vehicleId": None} | dict(asked.body))
        return rule

    def _delete(self, asked: Asked) -> None:
        del self._of_point(asked)[int(str(self._rule(asked)["id"]))]
