"""An operator's chargers whose events reach the cloud: in time, late, twice, out of order, or never."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta_partner.charger import PartnerCharger
from smart_charging.clouds.monta_partner.cloud import MontaPartnerCloud
from smart_charging.clouds.monta_partner.events import EVENT_TYPES
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from smart_charging.clouds.monta_partner.stand_in.webhooks import EVERY
from smart_charging.clouds.monta_partner.webhook_file import WebhookFile
from smart_charging.errors import RateLimitedError
from worlds.monta_partner import partner_cloud
from worlds.virtual_time import Clock

URL = "https://home.example/monta"
USUAL_REST = timedelta(seconds=20)
"""Between two readings without events while a car is plugged in, as a monitor asks for them."""
_USUALLY_IN_S = 0.4


def subscribe(operator: PartnerStandIn, folder: Path) -> None:
    """As `smart-charging monta webhook on` does."""
    note = WebhookFile(folder / "secrets.yaml").write(URL)
    secret = note.secret.get_secret_value()
    operator.subscription.config = {"webhookUrl": URL, "webhookSecret": secret, "eventTypes": list(EVENT_TYPES)}


@dataclass(slots=True)
class Mail:
    """What becomes of deliveries, as shares of all."""

    lost: float = 0.0
    """Taken for delivered, and never arrived."""
    refused: float = 0.0
    """Answered with an error on the way, so that Monta sends them again."""
    late: float = 0.0
    """Up to two minutes, so that newer ones come before."""
    twice: float = 0.0
    dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311  # repeatable, guards nothing
    is_cut: bool = False
    """Nothing arrives at all."""


class Pushed:
    """The cloud as a monitor keeps it, and what it has shown of cables."""

    def __init__(
        self,
        operator: PartnerStandIn,
        clock: Clock,
        folder: Path,
        mail: Mail,
        *,
        rest: timedelta = USUAL_REST,
        **arguments: Any,
    ) -> None:
        self._rest = rest
        self.operator = operator
        self.clock = clock
        self.mail = mail
        self.cloud: MontaPartnerCloud = partner_cloud(operator, clock, folder=folder, webhook=True, **arguments)
        self.cloud.follow(self._hear)
        self.chargers: Mapping[str, PartnerCharger] = {}
        self.seen_after_s: list[float] = []
        """From plugging in until a charger was shown with its cable."""
        self._plugged_in_at: dict[str, datetime] = {}
        self._underway: list[tuple[datetime, Mapping[str, str], bytes]] = []
        self._read_due_at = self._deliver_at = clock.at
        self._is_woken = False

    def plug_in(self, point_id: int, wants_kwh: float = 60) -> None:
        self.operator.plug_in(point_id, Car(wants_kwh=wants_kwh))
        self._plugged_in_at[str(point_id)] = self.clock.at

    def unplug(self, point_id: int) -> None:
        self.operator.unplug(point_id)
        self._plugged_in_at.pop(str(point_id), None)

    async def live(self, **span: float) -> None:
        """Let time pass."""
        until = self.clock.at + timedelta(**span)
        while self.clock.at < until:
            await self._do_what_is_due()
            moments = [until, self._deliver_at, self._read_due_at, *(at for at, *_ in self._underway)]
            self.clock.at = max(min(moments), self.clock.at + timedelta(milliseconds=1))
        await self._do_what_is_due()

    async def hand_over(self, headers: Mapping[str, str], body: bytes) -> int:
        """Deliver one request right away."""
        return await self.cloud.receive("", {name.lower(): value for name, value in headers.items()}, body)

    async def post(self, _url: str, headers: Mapping[str, str], body: bytes) -> int:
        """What Monta sends to; its events reach the cloud a moment later."""
        mail = self.mail
        if mail.is_cut or mail.dice.random() < mail.refused:
            return 502
        if mail.dice.random() < mail.lost:
            return 200
        takes_s = mail.dice.uniform(2, 120) if mail.dice.random() < mail.late else _USUALLY_IN_S
        for _ in range(2 if mail.dice.random() < mail.twice else 1):
            self._underway.append((self.clock.at + timedelta(seconds=takes_s), headers, body))
        return 200

    def _hear(self) -> None:
        self._is_woken = True

    async def _do_what_is_due(self) -> None:
        if self._deliver_at <= self.clock.at:
            await self.operator.deliver(self.post)
            self._deliver_at = self.clock.at + EVERY
        arrived = [one for one in self._underway if one[0] <= self.clock.at]
        self._underway = [one for one in self._underway if one[0] > self.clock.at]
        for _, headers, body in arrived:
            await self.hand_over(headers, body)
        if self._is_woken or self._read_due_at <= self.clock.at:
            await self._show()

    async def _show(self) -> None:
        self._is_woken = False
        try:
            self.chargers = {charger.id: charger for charger in await self.cloud.chargers()}
        except RateLimitedError as err:
            self._read_due_at = err.retry_at
            return
        for charger_id, at in list(self._plugged_in_at.items()):
            if self.chargers[charger_id].is_plugged_in:
                self.seen_after_s.append((self.clock.at - at).total_seconds())
                del self._plugged_in_at[charger_id]
        self.look_again()

    def look_again(self) -> None:
        """Find out when the lists are due, as after every reading and command."""
        self._read_due_at = self.clock.at + self.cloud.plan(self._rest)
