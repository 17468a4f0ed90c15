"""Monta's Partner API as a `ChargerCloud`, read by lists and, where Monta sends them, by events."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.http.foresight import Reads
from smart_charging.clouds.http.note_file import NoteFile
from smart_charging.clouds.link import Account
from smart_charging.clouds.monta.models import ChargeState
from smart_charging.clouds.monta_partner.arguments import MontaPartnerSettings
from smart_charging.clouds.monta_partner.charger import PartnerCharger, PartnerLink
from smart_charging.clouds.monta_partner.charges import Charges
from smart_charging.clouds.monta_partner.charging_profile import ChargingProfile, ProfileStatus, Purpose
from smart_charging.clouds.monta_partner.client import BASE_URL, PartnerClient
from smart_charging.clouds.monta_partner.consumption import consumption_of
from smart_charging.clouds.monta_partner.credentials import read_credentials
from smart_charging.clouds.monta_partner.event_watch import EventWatch
from smart_charging.clouds.monta_partner.events import Events
from smart_charging.clouds.monta_partner.findings import findings
from smart_charging.clouds.monta_partner.identities import Identities
from smart_charging.clouds.monta_partner.mirror import Mirror
from smart_charging.clouds.monta_partner.notes import Notes
from smart_charging.clouds.monta_partner.reader import Reader
from smart_charging.clouds.monta_partner.redaction import PRIVATE_KEYS
from smart_charging.clouds.monta_partner.rule_pauses import RulePauses
from smart_charging.clouds.monta_partner.team_wallet import TeamWallet
from smart_charging.clouds.monta_partner.translate import ShownFacts, charge_from, charger_from, scopes_from
from smart_charging.clouds.monta_partner.webhook_file import WebhookFile
from smart_charging.clouds.monta_partner.words import MONTA_PARTNER
from smart_charging.errors import CloudError, CommandError, NotFoundError, RefusedError
from smart_charging.host_clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from smart_charging.charger import Charge
    from smart_charging.clouds.consumption import Consumption
    from smart_charging.clouds.monta_partner import charge_models
    from smart_charging.clouds.monta_partner.charge_points import ChargePoint
    from smart_charging.clouds.wallet import Wallet
    from smart_charging.clouds.words import CloudWords
    from smart_charging.timekeeper import Timekeeper

RESTORE_WITHIN_S = 20
"""At the end of the process, which must not wait for a cloud that is down."""
_RULES_AFTER_READING, _RULES_AFTER_EVENTS = 5, 3
"""How many chargers' rules are looked at before the chargers are shown; after events somebody waits for that."""
_IDENTITIES_PER_READ = 5
_BESIDE_LISTS = 15
"""So many requests beside the lists go with each reading, at most."""
_REBOOT, _UNLOCK = "reboot", "unlock"
_ACTIONS = {_REBOOT: "restarts the charger; a running charge may end", _UNLOCK: "lets go of the cable"}


class MontaPartnerCloud:
    """The charge points that an operator's credentials reach.

    After an event the chargers are shown as it tells, without a request; how often the lists are read
    depends on whether events come.
    """

    def __init__(
        self,
        client: PartnerClient,
        notes: Notes,
        webhook_file: WebhookFile,
        *,
        settings: MontaPartnerSettings,
        now: Callable[[], datetime],
        logger: logging.Logger,
    ) -> None:
        self._client = client
        self._notes = notes
        self._settings = settings
        self._webhook_file = webhook_file
        self._now = now
        self._mirror = Mirror()
        self._watch = EventWatch()
        self._reader = Reader(client, self._mirror, settings, now=now, logger=logger)
        self._events = Events(self._mirror, self._watch, webhook_file, now=now, logger=logger)
        self._rules = RulePauses(
            client.charging_rules, notes, may_pause=settings.may_pause_rules, now=now, logger=logger
        )
        self._wallet = TeamWallet(client, settings.paying_team_id or settings.team_id)
        self._identities = Identities(client.charge_points, notes, logger)
        self._log = logger
        self._is_prepared = False
        self._read_at: datetime | None = None
        self._rest = timedelta(0)
        self._translated: dict[int, tuple[ShownFacts, PartnerCharger]] = {}

    @property
    def words(self) -> CloudWords:
        """Those of the Partner API."""
        return MONTA_PARTNER

    @property
    def link(self) -> PartnerLink:
        """The connection now, with the quota left and the last event."""
        budget = self._client.budget
        return PartnerLink(
            latency=self._client.channel.wire.latency,
            requests_left=budget.requests_left,
            limited_until=budget.limited_until,
            last_event_at=self._watch.last_at,
        )

    async def chargers(self) -> Sequence[PartnerCharger]:
        """All charge points: after an event as it tells, else as the lists tell now."""
        await self._prepare()
        is_told = self._is_told_by_events()
        if not is_told:
            await self._read()
        self._events.shown()
        await self._rules.review(self._shown(), at_most=_RULES_AFTER_EVENTS if is_told else _RULES_AFTER_READING)
        return self._shown()

    async def charger(self, charger_id: str) -> PartnerCharger:
        """One charge point with its latest charges, in two requests."""
        await self._prepare()
        point_id = _number(charger_id, "charger")
        await self._reader.read_point(point_id)
        return next(charger for charger in self._shown() if charger.id == charger_id)

    async def charge(self, charge_id: str) -> Charge:
        """Read one charge."""
        return self._learnt(await self._client.charges.one(_number(charge_id, "charge")))

    async def consumption(self, charge_id: str) -> Consumption:
        """A charge's energy by quarter, and its price and cost by hour, if there is quota to spare."""
        charges = Charges(self._client.calls_at(urgency=Urgency.SPARE), self._client.account)
        return await consumption_of(charges, _number(charge_id, "charge"))

    async def start(self, charger_id: str) -> Charge:
        """Start a charge; the answer means accepted, not that current flows."""
        point_id = _number(charger_id, "charger")
        return await self._command(point_id, self._client.charges.start(point_id))

    async def stop(self, charger_id: str, charge_id: str | None) -> Charge:
        """Stop a charge; in the answer it may still be running."""
        if charge_id is None:  # Monta answers every start with the charge's id
            raise NotFoundError(f"charger {charger_id}: there is no charge to stop")
        stopped = self._client.charges.stop(_number(charge_id, "charge"))
        return await self._command(_number(charger_id, "charger"), stopped)

    def plan(self, rest: timedelta) -> timedelta:
        """The time until the lists are to be read again, reserved in the quota; longer while events come."""
        budget, now = self._client.budget, self._now()
        requests = self._reader.requests + _BESIDE_LISTS
        self._rest = max(rest, budget.least_rest(requests))
        budget.expect(Reads(requests=requests, every=self._rest, last=self._read_at or now))
        return max(self._next_read_at() - now, timedelta(0))

    async def account(self) -> Account:
        """What the credentials may do, with the quota that they tell of."""
        scopes = scopes_from((await self._client.account.me()).scopes)
        budget = self._client.budget
        ahead = self._client.channel.wire.clock_ahead
        return Account(scopes=scopes, clock_ahead=ahead, quota=budget.quota, window=budget.window)

    async def findings(self) -> Sequence[str]:
        """Who pays, where events go, and which rules of Monta's own are on."""
        return await findings(self._client, self._webhook_file, self._settings)

    async def wallet(self, *, transactions: int) -> Wallet:
        """That of the team that pays, or whose charge points are shown, or that is the only one."""
        return await self._wallet.read(transactions=transactions)

    @property
    def actions(self) -> Mapping[str, str]:
        """Restart a charger, let go of its cable."""
        return _ACTIONS

    async def act(self, action: str, charger_id: str | None, arguments: Mapping[str, object]) -> Mapping[str, object]:
        """Do one of the actions; Monta answers them with nothing."""
        if charger_id is None:
            raise CommandError("charge_point_id is missing; write a charger's id or name")
        point_id = _number(charger_id, "charger")
        if action == _REBOOT:
            await self._client.charge_points.reboot(point_id)
        elif action == _UNLOCK:
            await self._client.charge_points.unlock(point_id)
        else:
            raise CommandError(f"there is no action {action[:40]!r}; there is {', '.join(_ACTIONS)}")
        return {}

    @property
    def awaits_deliveries(self) -> bool:
        """Whether the arguments say that Monta sends events."""
        return self._settings.webhook

    def follow(self, changed: Callable[[], None]) -> None:
        """Set what to call when events have brought news."""
        self._events.follow(changed)

    async def receive(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Take one delivery of events; returns the HTTP status to answer with."""
        return await self._events.receive(headers, body)

    def answer_shapes(self) -> Mapping[str, object]:
        """How the last answers were built, by endpoint."""
        return self._client.channel.wire.last_answers.shapes(PRIVATE_KEYS)

    async def aclose(self) -> None:
        """Switch Monta's own rules on again, then close the connections; running charges continue."""
        try:
            async with asyncio.timeout(RESTORE_WITHIN_S):
                await self._rules.restore_all()
        except TimeoutError:
            self._log.warning("Monta does not answer; charging rules are switched on again at the next start")
        await self._client.aclose()

    async def _prepare(self) -> None:
        """Read the notes of the last run, and what the credentials say of the quota, once."""
        if self._is_prepared:
            return
        await self._notes.load()
        self._is_prepared = True
        try:
            await self._client.account.me()
        except CloudError as err:
            self._log.debug("The quota is taken to be the usual one: %s", err)

    def _is_told_by_events(self) -> bool:
        """Whether the mirror can be shown as it is, because of events and a reading that is recent enough."""
        if self._read_at is None or self._events.asks_for_reading or not self._events.has_news:
            return False
        return self._now() < self._next_read_at()

    def _next_read_at(self) -> datetime:
        now = self._now()
        is_charging = any(charge.state is ChargeState.CHARGING for charge in self._mirror.active_charges)
        return self._watch.next_read_at(self._read_at or now, self._rest, now, is_charging=is_charging)

    async def _read(self) -> None:
        changed = await self._reader.read()
        now, is_first = self._now(), self._read_at is None
        self._watch.has_read(now)
        for point_id in () if is_first else changed:
            self._watch.list_told(point_id, now)
        self._read_at = now
        await self._identities.learn(self._mirror.points, now, at_most=_IDENTITIES_PER_READ)

    def _shown(self) -> Sequence[PartnerCharger]:
        return [self._shown_as(point) for point in self._mirror.points]

    def _shown_as(self, point: ChargePoint) -> PartnerCharger:
        """Translated anew only where something of it has changed: after an event that is one of hundreds."""
        facts = ShownFacts(
            point=point,
            charges=tuple(self._mirror.charges_of(point.id)),
            may_see_charges=self._reader.may_see_charges,
            identity=self._identities.known(point.id),
            rules=self._rules.of(point.id),
            current_a=self._notes.currents.get(point.id),
            sets_current=self._settings.charging_profiles,
            now=self._reader.cloud_now,
        )
        known = self._translated.get(point.id)
        if known is None or known[0] != facts or facts.may_age:
            known = self._translated[point.id] = (facts, charger_from(facts))
        return known[1]

    async def _command(self, point_id: int, request: Awaitable[charge_models.Charge]) -> Charge:
        """A command that failed may still have worked, so an event or the lists have to tell."""
        self._watch.expect(point_id, self._now())
        return self._learnt(await request)

    def _learnt(self, charge: charge_models.Charge) -> Charge:
        self._mirror.take_charge(charge, self._reader.cloud_now)
        return charge_from(charge, self._reader.cloud_now)


class MontaPartnerCloudWithProfiles(MontaPartnerCloud):
    """An account whose operator may send charging profiles, which Monta opens on request."""

    sets_current_at_once = True

    async def set_current(self, charger_id: str, current_a: float) -> None:
        """Limit the current per phase, of a running charge and of those to come.

        Monta tells nothing of profiles afterwards, so what the charger accepted last is shown.

        Raises:
            RefusedError: The charger did not accept it, or is not one of OCPP.
        """
        await self._prepare()
        point_id = _number(charger_id, "charger")
        profile = ChargingProfile(limit_a=current_a, starts_at=self._reader.cloud_now, purpose=Purpose.EVERY_CHARGE)
        identity = await self._identities.of(point_id)
        status = await self._client.charge_points.set_charging_profile(identity, profile)
        if status is not ProfileStatus.ACCEPTED:
            raise RefusedError(f"charge point {point_id}: the charger answers {status.value} to a charging profile")
        self._notes.currents[point_id] = current_a
        await self._notes.keep()


def open_monta_partner(
    settings: MontaPartnerSettings,
    credentials_file: Path,
    *,
    token_file: Path | None,
    notes_file: Path | None,
    log: logging.Logger,
    timekeeper: Timekeeper | None = None,
) -> MontaPartnerCloud:
    """A connection that the caller has to close; nothing is sent before the first call.

    Raises:
        ConfigError: The credentials or the address are missing or invalid.
    """
    credentials = read_credentials(credentials_file)
    client = PartnerClient(
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        base_url=str(settings.base_url or BASE_URL),
        operator_id=settings.operator_id,
        paying_team_id=settings.paying_team_id,
        token_file=token_file,
        now=timekeeper or utc_now,
        tell_time=timekeeper.compare if timekeeper else None,
        logger=log,
    )
    kind = MontaPartnerCloudWithProfiles if settings.charging_profiles else MontaPartnerCloud
    return kind(
        client,
        Notes(NoteFile(notes_file, log)),
        WebhookFile(credentials_file),
        settings=settings,
        now=timekeeper or utc_now,
        logger=log,
    )


def _number(text: str, kind: str) -> int:
    try:
        return int(text)
    except ValueError as err:
        raise NotFoundError(f"{kind} {text!r}: Monta's ids are whole numbers") from err
