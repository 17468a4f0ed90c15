"""The stand-in's charges, with payers, limits and breakdowns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from smart_charging.clouds.monta.stand_in import shapes
from smart_charging.clouds.monta.stand_in.lifecycle import Lifecycle
from smart_charging.clouds.monta.stand_in.messages import ErrorAnswerError
from smart_charging.clouds.monta.stand_in.reporting import Reporting
from smart_charging.clouds.monta.stand_in.site import Charge
from smart_charging.clouds.monta_partner.stand_in.by_shape import Json, made_up
from smart_charging.clouds.monta_partner.stand_in.lists import created_between, found, matching
from smart_charging.clouds.monta_partner.stand_in.login import Login
from smart_charging.clouds.monta_partner.stand_in.served import Asked, Handler

_MOST_LISTED = 20_000
_PERIODS_S = {"3600", "1800", "900", "600", "300"}


@dataclass(slots=True)
class Charging:
    """Charges at the stand-in's charge points."""

    site: Lifecycle
    reporting: Reporting
    login: Login
    currency: str
    most_listed: int = _MOST_LISTED
    asked_for: dict[int, Json] = field(default_factory=dict)
    """What a start told, by the charge's id."""
    drivers: dict[int, Json] = field(default_factory=dict)
    """Who charged and with what, by the charge's id."""
    cards: dict[str, str] = field(
        default_factory=lambda: {f"04A1B2C3{number}": f"Card {number}" for number in range(3)}
    )
    """Names by number."""

    def handlers(self) -> Mapping[str, Handler]:
        """By operation."""
        return {
            "get-charges": self._all,
            "post-charges": self._start,
            "get-charge": lambda asked: self.as_json(self._charge(asked)),
            "patch-charge": self._patch,
            "get-charge-stop": self._stop,
            "get-charge-restart": lambda asked: self.as_json(self.site.restart(self._charge(asked))),
            "get-charge-breakdown": lambda asked: self._breakdown(self._charge(asked)),
            "get-charge-kwh-consumption": self._consumption,
            "get-charge-auth-tokens": lambda _asked: [self._card(number) for number in self.cards],
            "get-receipts-by-charge": lambda asked: self._receipt(self._charge(asked)),
        }

    def as_json(self, charge: Charge) -> Json:
        """One charge."""
        asked_for = self.asked_for.get(charge.id, {})
        return (
            made_up("Charge", charge.id)
            | self.reporting.charge(charge)
            | self.drivers.get(charge.id, {})
            | {name: value for name, value in asked_for.items() if name.endswith("Limit") or name.startswith("partner")}
            | {
                "payingTeam": {"id": asked_for.get("payingTeamId"), "publicName": "Hidden team", "operatorId": None},
                "chargePointKw": round(charge.point.power_kw, 2) if charge.state == "charging" else None,
                "kwhPerHour": shapes.kwh_consumption(charge, 3600)["kwhConsumption"],
                "kwhPerMaxResolution": shapes.kwh_consumption(charge, 900)["kwhConsumption"],
            }
        )

    def obey_limits(self) -> None:
        """End the charges that have reached their energy, as far as it was looked at."""
        for charge in self.site.charges.values():
            limit = self.asked_for.get(charge.id, {}).get("kwhLimit")
            if limit and charge.state == "charging" and (charge.consumed_kwh or 0.0) >= float(str(limit)):
                self.site.stop(charge, reason="Other")

    def _card(self, number: str) -> Json:
        return made_up("ChargeAuthToken") | {"identifier": number, "name": self.cards[number], "type": "rfid"}

    def _charge(self, asked: Asked) -> Charge:
        return found(self.site.charges, asked.path["chargeId"])

    def _all(self, asked: Asked) -> Sequence[Json]:
        """More than so many cannot be read by one question."""
        rows = [self._with_payer(row) for row in self.reporting.charges()]
        wanted = matching(rows, asked.query, "state", "chargePointId", "partnerExternalId")
        return created_between(wanted, asked.query)[: self.most_listed]

    def _with_payer(self, row: Json) -> Json:
        """Charges of long ago, and odd ones, are told as the Public API tells them."""
        charge = self.site.charges.get(int(str(row["id"])))
        return row if charge is None else self.as_json(charge)

    def _start(self, asked: Asked) -> Json:
        if str(asked.body["payingTeamId"]) not in {str(team) for team in self.login.teams}:
            raise ErrorAnswerError(403, "ACCESS_FORBIDDEN", "not a team of yours")
        point = found(self.site.points, asked.body["chargePointId"])
        is_reservation = asked.body.get("reserveCharge") is True
        charge = self.site.reserve(point, by="api") if is_reservation else self.site.start(point, by="api")
        self.asked_for[charge.id] = dict(asked.body)
        return self.as_json(charge)

    def _patch(self, asked: Asked) -> Json:
        charge = self._charge(asked)
        self.asked_for.setdefault(charge.id, {}).update(asked.body)
        return self.as_json(charge)

    def _stop(self, asked: Asked) -> Json:
        return self.as_json(self.site.stop(self._charge(asked), reason="api"))

    def _consumption(self, asked: Asked) -> Json:
        period_s = asked.query.get("consumptionPeriodSizeInSeconds", "3600")
        if period_s not in _PERIODS_S:
            raise ErrorAnswerError(400, "BAD_REQUEST", "no such period")
        return shapes.kwh_consumption(self._charge(asked), int(period_s))

    def _breakdown(self, charge: Charge) -> Json:
        """What the driver pays, hour by hour in the smallest unit; the last hour takes what rounding left."""
        hours: Sequence[Json] = shapes.kwh_consumption(charge, 3600)["kwhConsumption"]  # type: ignore[assignment]
        total = round((charge.price or 0.0) * 100)
        amounts = [round(float(str(hour["value"])) * self.site.driver_price * 100) for hour in hours]
        if amounts:
            amounts[-1] += total - sum(amounts)
        periods = [_period(str(hour["time"]), amount) for hour, amount in zip(hours, amounts, strict=True)]
        summary = made_up("BreakdownSummary") | {"totalPrice": total, "totalFees": 0, "totalAdjustments": 0}
        told = {"summary": summary, "currency": shapes.currency(self.currency), "breakdown": periods}
        empty = {**told, "summary": summary | {"totalPrice": 0}, "breakdown": []}
        lists: Json = {"fees": [], "adjustments": []}
        return {"chargeId": charge.id, "priceBreakdown": told | lists, "costBreakdown": empty | lists}

    def _receipt(self, charge: Charge) -> Json:
        if charge.state != "completed":
            raise ErrorAnswerError(404, "RESOURCE_NOT_FOUND", "no receipt yet")
        entry = {"title": "Charging", "subTitle": None, "amount": charge.price, "subAmount": 0}
        told = {"totalAmount": charge.price, "currency": shapes.currency(self.currency), "entries": [entry], "vat": 0}
        return made_up("Receipt", charge.id) | told


def _period(start: str, amount: int) -> Json:
    component = {"type": "tariff", "price": amount, "description": "Energy", "masterPricing": True}
    end = shapes.stamp(datetime.fromisoformat(start) + timedelta(hours=1))
    return made_up("Breakdown") | {"from": start, "to": end, "subTotalPrice": amount, "components": [component]}
