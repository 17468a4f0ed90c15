"""The charges that an operator's credentials reach, with drivers and cards, as a source for reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from smart_charging.clouds.monta.reported import CHARGES, MonthOfCharges, Paid, charger_of
from smart_charging.clouds.monta_partner.charge_models import Charge, ChargeAuth
from smart_charging.clouds.monta_partner.client import PartnerClient
from smart_charging.clouds.monta_partner.pages import PAGE_SIZE
from smart_charging.errors import NotPermittedError
from smart_charging.reports.source import By, Found, Party

_SHOWN_DIGITS = 4
"""Of a card's number: enough to know one's own, too few to copy it."""


class OperatorCharges:
    """All charges that the credentials reach.

    Args:
        tell: Called with how many charges have been read so far, after every page.
    """

    kind = replace(CHARGES, parties=frozenset(By))

    def __init__(self, client: PartnerClient, tell: Callable[[int], None]) -> None:
        self._client = client
        self._tell = tell

    async def counted_between(self, start: datetime, end: datetime) -> Found:
        """A month's charges; there may be tens of thousands."""
        points = {point.id: point.name async for point in self._client.charge_points.every()}
        cards = await self._card_names()
        month, read = MonthOfCharges(start, end), 0
        async for charge in self._client.charges.every(from_at=start, to_at=end):
            month.add(
                charge,
                Paid(price=charge.price, cost=charge.cost),
                _charger(charge, points),
                driver=_driver(charge),
                card=_card(charge.charge_auth, cards),
            )
            read += 1
            if read % PAGE_SIZE == 0:
                self._tell(read)
        return month.found()

    async def _card_names(self) -> Mapping[str, str]:
        """By their numbers; empty where the credentials may not see cards, which are told by their last digits then."""
        try:
            rows = [row async for row in self._client.every("get-charge-auth-tokens")]
        except NotPermittedError:
            return {}
        named = [row for row in rows if isinstance(row, dict) and row.get("identifier") and row.get("name")]
        return {str(row["identifier"]).casefold(): str(row["name"]) for row in named}


def _charger(charge: Charge, names: Mapping[int, str | None]) -> Party:
    elsewhere = charge.public_charge_point
    if charge.charge_point_id is None and elsewhere is not None:
        return charger_of(elsewhere.id, elsewhere.name)
    return charger_of(charge.charge_point_id, names.get(charge.charge_point_id or 0))


def _driver(charge: Charge) -> Party | None:
    """The team's member, else whoever it was at Monta; None where nobody is told."""
    if member := charge.team_member:
        return Party(key=f"member {member.id}", id=str(member.id), name=member.name or "driver")
    user = charge.user
    if user is None or user.id is None:
        return None
    return Party(key=f"user {user.id}", id=str(user.id), name=user.public_name or "driver")


def _card(auth: ChargeAuth | None, names: Mapping[str, str]) -> Party | None:
    """By the end of its number, and by its name where it has one."""
    if auth is None or not auth.id:
        return None
    key = auth.id.casefold()
    noun = "car" if auth.type == "vehicleId" else "card"
    return Party(key=f"{auth.type} {key}", id=f"...{auth.id[-_SHOWN_DIGITS:]}", name=names.get(key) or noun)
