"""The stand-in's charge points: their state in Monta's and in OCPP's words, and the commands they obey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from smart_charging.clouds.monta.stand_in.lifecycle import Lifecycle
from smart_charging.clouds.monta.stand_in.messages import ErrorAnswerError
from smart_charging.clouds.monta.stand_in.reporting import Reporting
from smart_charging.clouds.monta.stand_in.shapes import stamp
from smart_charging.clouds.monta.stand_in.site import ChargePoint
from smart_charging.clouds.monta_partner.stand_in.by_shape import STAMP, Json, made_up
from smart_charging.clouds.monta_partner.stand_in.lists import found, matching
from smart_charging.clouds.monta_partner.stand_in.served import Asked, Handler

TEAM_ID = 4100
SITE_ID = 8100
_LEAST_A = 6.0
"""Below it, nothing flows (IEC 61851)."""
_KW_PER_A = 0.23


@dataclass(slots=True)
class Chargers:
    """Charge points, each with hardware of the OCPP identity `CP-<id>`."""

    site: Lifecycle
    reporting: Reporting
    changes: dict[int, Json] = field(default_factory=dict)
    """What was patched, by charge point."""
    done: list[tuple[str, int]] = field(default_factory=list)
    """Reboots and unlocks, with the charge point's id."""
    config: dict[str, dict[str, Json]] = field(default_factory=dict)
    """OCPP keys by identity."""
    profiles: dict[str, list[Json]] = field(default_factory=dict)
    """Charging profiles by identity."""
    takes_profiles: bool = True

    def handlers(self) -> Mapping[str, Handler]:
        """By operation."""
        return {
            "get-charge-points": self._all,
            "get-charge-point": lambda asked: self.as_json(self._point(asked)),
            "patch-charge-point": self._patch,
            "post-charge-point-reboot": lambda asked: self._do("reboot", asked),
            "post-charge-point-unlock": lambda asked: self._do("unlock", asked),
            "get-charge-point-logs": lambda asked: self._logs(self._point(asked)),
            "get-charge-point-integrations": self._integrations,
            "get-charge-point-ocpp-config": lambda asked: list(self._keys(asked).values()),
            "post-charge-point-ocpp-config": self._set_key,
            "post-charge-point-set-charging-profile": self._set_profile,
            "post-charge-point-clear-charging-profile": self._clear_profiles,
        }

    def as_json(self, point: ChargePoint) -> Json:
        """One charge point."""
        told = made_up("ChargePoint", point.id) | self.reporting.charge_point(point)
        ocpp = {"status": ocpp_status(point), "updatedAt": stamp(point.updated_at)}
        return told | {
            "teamId": TEAM_ID,
            "siteId": SITE_ID,
            "protocolData": {"ocpp": ocpp},
            "integrationType": "ocpp",
            **self.changes.get(point.id, {}),
        }

    def _point(self, asked: Asked) -> ChargePoint:
        if identity := asked.path.get("chargePointIdentity"):
            return found(self.site.points, identity.removeprefix("CP-"))
        return found(self.site.points, asked.path.get("chargePointId") or asked.query["chargePointId"])

    def _all(self, asked: Asked) -> Sequence[Json]:
        points = self.site.points
        odd = self.reporting.charge_points()[len(points) :]
        rows = [*map(self.as_json, points.values()), *odd]
        return matching(rows, asked.query, "state", "teamId", "siteId")

    def _patch(self, asked: Asked) -> Json:
        point = self._point(asked)
        self.changes.setdefault(point.id, {}).update(asked.body)
        return self.as_json(point)

    def _do(self, what: str, asked: Asked) -> None:
        self.done.append((what, self._point(asked).id))

    def _logs(self, point: ChargePoint) -> Sequence[Json]:
        """Monta describes no fields; these are made up."""
        return [{"chargePointId": point.id, "message": "StatusNotification", "createdAt": STAMP}]

    def _integrations(self, asked: Asked) -> Sequence[Json]:
        point = self._point(asked)
        told = {"state": "connected", "serialNumber": point.serial_number, "chargePointIdentity": f"CP-{point.id}"}
        return [made_up("ChargePointIntegration", point.id) | told]

    def _keys(self, asked: Asked) -> dict[str, Json]:
        self._point(asked)
        usual: dict[str, Json] = {"HeartbeatInterval": {"key": "HeartbeatInterval", "value": "300", "readonly": False}}
        return self.config.setdefault(asked.path["chargePointIdentity"], usual)

    def _set_key(self, asked: Asked) -> None:
        key = str(asked.body["key"])
        self._keys(asked)[key] = {"key": key, "value": asked.body.get("value"), "readonly": False}

    def _set_profile(self, asked: Asked) -> Json:
        point, profiles = self._point(asked), asked.body.get("profile")
        if not self.takes_profiles:
            return {"status": "NotSupported"}
        if not isinstance(profiles, list) or not profiles:
            raise ErrorAnswerError(400, "BAD_REQUEST", "no profile")
        self.profiles[asked.path["chargePointIdentity"]] = profiles
        self._limit(point, _limit_kw(profiles[-1]))
        return {"status": "Accepted"}

    def _clear_profiles(self, asked: Asked) -> Json:
        point, there_were = self._point(asked), self.profiles.pop(asked.path["chargePointIdentity"], [])
        self._limit(point, None)
        return {"status": "Accepted" if there_were else "Unknown"}

    def _limit(self, point: ChargePoint, limit_kw: float | None) -> None:
        """A limit too low for a car pauses the charge."""
        if limit_kw == 0:
            self.site.hold(point)
        else:
            point.limit_kw = limit_kw
            self.site.let_go(point)


def ocpp_status(point: ChargePoint) -> str:
    """What the charger itself says."""
    if point.is_offline:
        return "offline"
    if point.car is None:
        return "available"
    match point.charge.state if point.charge else None:
        case "charging":
            return "charging"
        case "paused":
            return "suspended-evse" if point.is_held else "suspended-ev"
        case "stopping" | "stopped":
            return "finishing"
        case _:
            return "preparing"


def _limit_kw(profile: Mapping[str, object]) -> float:
    """Of a profile with one period, in amperes per phase; 0 where the limit lets nothing flow."""
    try:
        period = profile["chargingSchedule"]["chargingSchedulePeriod"][0]  # type: ignore[index]
        limit_a, phases = float(period["limit"]), int(period.get("numberPhases", 3))
    except (LookupError, TypeError, ValueError):
        raise ErrorAnswerError(400, "BAD_REQUEST", "not a profile") from None
    return limit_a * phases * _KW_PER_A if limit_a >= _LEAST_A else 0.0
