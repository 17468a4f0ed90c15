"""Asks the cloud what it says of a charge once that is settled, and notes it in the session file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.charger import Charge, ChargeState
from smart_charging.clouds.consumption import Consumption
from smart_charging.clouds.protocol import TellsCharges, TellsConsumption
from smart_charging.errors import CloudError, NotFoundError, NotPermittedError, RateLimitedError, RefusedError
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.heartbeat import Clock
from smart_charging.services.sessions.session_log import BookedSession, SessionLog
from smart_charging.services.sessions.settled_charge import SettledCharge

EVERY, SOON = timedelta(minutes=15), timedelta(minutes=2)
"""Between two charges, whether there was one to ask for or not."""
WAITS_FOR = timedelta(days=3)
"""A charge that is still not settled so long after its session is noted as it is."""
GIVES_UP_AFTER = timedelta(days=7)
MOST_TRIES, TRIED_AGAIN_AFTER = 3, timedelta(hours=1)
"""Until the energy over time is done without: most chargers that do not tell it at once never will."""
READ_AGAIN_AFTER = timedelta(hours=6)
"""Of a charge that the reads of the chargers no longer tell."""
NOTHING = Consumption()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargesOf:
    """A charger's account."""

    cloud: object
    charges: Sequence[Charge]
    """The charger's latest, as last read."""


@dataclass(slots=True)
class _Progress:
    """Of one charge; forgotten by a restart, after which the cloud is asked a few times more at most."""

    again_at: datetime
    tries: int = 0


class Settling:
    """Asks for one charge at a time, and only clouds that tell how a charge was spread over time.

    Args:
        find: The account of a charger by the key that sessions have; None while it is unknown.
        prices: All published prices of the last days.
    """

    def __init__(
        self,
        session_log: SessionLog,
        find: Callable[[str], ChargesOf | None],
        prices: Callable[[], PriceCurve],
        *,
        clock: Clock,
        log: logging.Logger,
    ) -> None:
        self._session_log = session_log
        self._find = find
        self._prices = prices
        self._clock = clock
        self._log = log
        self._progress: dict[str, _Progress] = {}

    async def beat(self) -> timedelta:
        """Look for a charge that is settled, and note it; returns how long to wait for the next."""
        now = self._clock()
        unsettled = self._session_log.unsettled(now - GIVES_UP_AFTER)
        self._progress = {key: self._progress.get(key) or _Progress(now) for _, key in unsettled}
        for session, charge_id in unsettled:
            place = self._find(session.charger_id)
            if place is None or not isinstance(place.cloud, TellsConsumption):
                continue
            is_due = now >= self._progress[charge_id].again_at
            if is_due and await self._settle(place, place.cloud, session, charge_id, now):
                return SOON
        return EVERY

    async def _settle(
        self, place: ChargesOf, cloud: TellsConsumption, session: BookedSession, charge_id: str, now: datetime
    ) -> bool:
        """Note one charge if it is settled; whether the cloud was asked for something."""
        charge = next((one for one in place.charges if one.id == charge_id), None)
        was_read = charge is None
        if charge is None:
            charge = await self._read(place.cloud, charge_id, now)
        if charge is None or not (_is_settled(charge) or now - session.unplugged_at >= WAITS_FOR):
            return was_read
        told = await self._consumption(cloud, charge_id, now)
        if told is not None:
            await self._session_log.settle(SettledCharge.of(session.charger_id, charge, told, self._prices()))
        return True

    async def _read(self, cloud: object, charge_id: str, now: datetime) -> Charge | None:
        self._progress[charge_id].again_at = now + READ_AGAIN_AFTER
        if not isinstance(cloud, TellsCharges):
            return None
        try:
            return await cloud.charge(charge_id)
        except RateLimitedError:
            self._progress[charge_id].again_at = now + EVERY
        except CloudError as err:
            self._log.debug("A charge cannot be read once more: %s", err)
        return None

    async def _consumption(self, cloud: TellsConsumption, charge_id: str, now: datetime) -> Consumption | None:
        """What the cloud tells; None where it is to be asked again."""
        progress = self._progress[charge_id]
        try:
            told = await cloud.consumption(charge_id)
        except RateLimitedError:
            progress.again_at = now + EVERY
            return None
        except (NotFoundError, NotPermittedError, RefusedError):
            return NOTHING
        except CloudError as err:
            self._log.debug("What a charge took over time cannot be read: %s", err)
            told = NOTHING
        progress.tries, progress.again_at = progress.tries + 1, now + TRIED_AGAIN_AFTER
        return told if told.energy or progress.tries >= MOST_TRIES else None


def _is_settled(charge: Charge) -> bool:
    """Whether the cloud's figures are final; a charge that failed is not settled otherwise."""
    return charge.state is ChargeState.COMPLETED or (charge.failed_at is not None and not charge.state.is_active)
