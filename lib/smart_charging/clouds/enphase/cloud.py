"""Enphase as a `ChargerCloud`: one request per site and poll, and a few an hour besides."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from smart_charging.clouds.enphase.actions import Actions
from smart_charging.clouds.enphase.answers import Outcome
from smart_charging.clouds.enphase.arguments import DEFAULT_BASE_URL, EnphaseSettings, NewCurrent
from smart_charging.clouds.enphase.cadence import AFTER_CHANGE, AFTER_START, AFTER_STOP, Cadence
from smart_charging.clouds.enphase.charger import MODES_TO_CHOOSE, EnphaseCharger, Mode
from smart_charging.clouds.enphase.client import QUOTA, WINDOW, EnphaseClient
from smart_charging.clouds.enphase.credentials import read_credentials
from smart_charging.clouds.enphase.memory import Memory
from smart_charging.clouds.enphase.redaction import shortened
from smart_charging.clouds.enphase.sites import Sites
from smart_charging.clouds.enphase.vpp import EnphaseLink, VppEvents
from smart_charging.clouds.enphase.words import ENPHASE
from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.http.note_file import NoteFile
from smart_charging.clouds.link import Account, Scope
from smart_charging.errors import CloudError, CommandError, NotFoundError, RefusedError
from smart_charging.host_clock import utc_now, wait

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from smart_charging.charger import Charger
    from smart_charging.clouds.enphase.site import SiteChargers
    from smart_charging.clouds.words import CloudWords
    from smart_charging.timekeeper import Timekeeper

CHARGE_MODE = "charge_mode"
QUOTA_ELSEWHERE = 7200
"""Of what answers at another address, which is not Enphase."""
RESTART_AFTER = timedelta(seconds=30)
"""Chargers do not take a start sooner after a stop."""
RESTARTED_WITHIN = timedelta(minutes=4)


class EnphaseCloud:
    """The chargers of some or all sites of an account.

    Args:
        notes_file: Keeps what has to be known of the chargers over a restart.
        sleep: Takes seconds; tests pass one with virtual time.
    """

    sets_current_at_once = False

    def __init__(
        self,
        client: EnphaseClient,
        settings: EnphaseSettings,
        *,
        notes_file: Path | None = None,
        sleep: Callable[[float], Awaitable[object]] = wait,
        logger: logging.Logger | None = None,
    ) -> None:
        self._client = client
        self._settings = settings
        self._sleep = sleep
        self._log = logger or logging.getLogger(__name__)
        self._memory = Memory(NoteFile(notes_file, self._log), client.variants, self._log)
        self._sites = Sites(client, settings, self._memory, self._log)
        self._vpp = VppEvents(client=client, settings=settings, log=self._log)
        self._cadence = Cadence(settings=settings)
        self._essence: object = None
        self._restarts: dict[str, asyncio.Task[None]] = {}
        self._actions = Actions(client, self._sites, self._cadence)

    @property
    def words(self) -> CloudWords:
        """Enphase's."""
        return ENPHASE

    @property
    def link(self) -> EnphaseLink:
        """The connection now, with the requests that are left of what Enphase tolerates."""
        budget = self._client.budget
        return EnphaseLink(
            latency=self._client.latency,
            requests_left=budget.requests_left,
            limited_until=budget.limited_until,
            vpp_events=self._vpp.known,
        )

    def plan(self, rest: timedelta) -> timedelta:
        """The interval, or the shortest that the number of sites allows."""
        return max(rest, self._client.budget.least_rest(max(1, self._sites.count)))

    def pace(self, rest: timedelta) -> timedelta:
        """Faster while a charger charges, after commands and during a live stream."""
        return max(self.plan(self._cadence.rest(rest, self._client.now())), self._settings.fastest)

    async def chargers(self) -> Sequence[Charger]:
        """All chargers that are wanted; those of a site that does not answer are offline."""
        await self._memory.load()
        found = await self._sites.read()
        now = self._client.now()
        self._cadence.saw(found, now)
        if first := self._sites.first:
            await self._vpp.read(first)
        await self._memory.keep(now, at_once=self._is_news(found))
        return found

    def _is_news(self, found: Sequence[EnphaseCharger]) -> bool:
        """Whether a charge has begun or ended since the last read."""
        newest = {charger.id: charger.last_charge for charger in found}
        essence = {key: charge and (charge.id, charge.state) for key, charge in newest.items()}
        before, self._essence = self._essence, essence
        return essence != before

    async def charger(self, charger_id: str) -> Charger:
        """One charger, by the status of its site."""
        site = await self._site(charger_id)
        await site.read(urgency=Urgency.COMMAND, with_optional=False)
        return site.found(charger_id)

    async def start(self, charger_id: str) -> None:
        """Start a charge, with the current that was set; in green mode without one, else it would need no sun."""
        site = await self._site(charger_id)
        self._cancel_restart(charger_id)
        await self._start(site, site.found(charger_id))

    async def stop(self, charger_id: str, charge_id: str | None) -> None:
        """Stop what runs on the charger, unless that is another charge: Enphase itself knows none."""
        site = await self._site(charger_id)
        running = self._memory.of(charger_id).book.running
        if charge_id and running and running.id != charge_id:
            raise NotFoundError(f"charge {charge_id} is over, and another one runs")
        self._cancel_restart(charger_id)
        outcome = await self._client.stop(site.id, charger_id)
        if outcome is Outcome.NOT_ACTIVE:
            self._log.debug("Charge %s: there was nothing to stop", charge_id)
        self._cadence.hurry(self._client.now(), AFTER_STOP)
        await self._memory.keep(self._client.now(), at_once=True)

    async def set_current(self, charger_id: str, current_a: float) -> None:
        """Keep the current for the next start, and start a running charge anew if its owner wants that."""
        site = await self._site(charger_id)
        memory = self._memory.of(charger_id)
        is_new = memory.setpoint_a != current_a
        memory.setpoint_a = current_a
        await self._memory.keep(self._client.now(), at_once=True)
        charger = site.found(charger_id)
        if is_new and charger.active_charge and self._settings.new_current is NewCurrent.RESTART:
            await self._restart(site, charger)

    async def free(self, charger_id: str) -> None:
        """Set the manual mode, in which it follows plans."""
        await self._set_mode(charger_id, Mode.MANUAL)

    async def change(self, charger_id: str, key: str, value: str) -> None:
        """Change the charge mode."""
        chosen = next((mode for mode in MODES_TO_CHOOSE if mode.casefold() == value.casefold()), None)
        if key != CHARGE_MODE:
            raise CommandError(f"there is no setting {key[:40]!r}; there is {CHARGE_MODE}")
        if chosen is None:
            raise CommandError(f"charge_mode cannot be {value[:40]!r}; write one of {', '.join(MODES_TO_CHOOSE)}")
        await self._set_mode(charger_id, chosen)

    @property
    def actions(self) -> Mapping[str, str]:
        """Messages, live streams and the login."""
        return self._actions.offered

    async def act(self, action: str, charger_id: str | None, arguments: Mapping[str, object]) -> Mapping[str, object]:
        """Do one of the actions."""
        if charger_id is not None:
            await self._site(charger_id)
        return await self._actions.act(action, charger_id, arguments)

    async def log_in(self, *, password: str | None, code: str | None) -> str:
        """Log in now and keep the session, never the password."""
        await self._client.log_in(password=password, code=code)
        return "The session is stored, the password is not."

    async def findings(self) -> Sequence[str]:
        """The sites and chargers there are, so that their ids can be written into apps.yaml."""
        lines = []
        for site in await self._sites.all_of_account():
            lines.append(f"Site {site.id} ({site.name or 'without a name'})")
            lines += [f"  charger {charger.id} ({charger.name})" for charger in await self._sites.look_into(site)]
        return lines

    async def account(self) -> Account:
        """What is known without asking for rights: Enphase does not tell them."""
        await self._sites.know()
        return Account(
            scopes=frozenset({Scope.CHARGERS, Scope.CHARGES, Scope.CONTROL}),
            clock_ahead=self._client.clock_ahead,
            quota=self._client.budget.quota,
            window=WINDOW,
        )

    def answer_shapes(self) -> Mapping[str, object]:
        """How the last answers were built, by endpoint."""
        return self._client.answer_shapes()

    async def aclose(self) -> None:
        """Close the connections; running charges continue, charges that were to be started anew are not."""
        for task in self._restarts.values():
            task.cancel()
        await asyncio.gather(*self._restarts.values(), return_exceptions=True)
        await self._memory.keep(self._client.now(), at_once=True)
        await self._client.aclose()

    async def _site(self, charger_id: str) -> SiteChargers:
        await self._memory.load()
        return await self._sites.of(charger_id)

    async def _start(self, site: SiteChargers, charger: EnphaseCharger) -> None:
        if not charger.is_plugged_in and charger.is_reached:
            raise RefusedError(f"charger {shortened(charger.id)} has no cable plugged in")
        mode = await site.current_mode(charger.id)
        level_a, is_strict = self._level(charger, mode)
        outcome = await self._client.start(site.id, charger.id, level_a=level_a, is_strict=is_strict)
        if outcome is Outcome.NOT_READY:
            raise RefusedError(f"charger {shortened(charger.id)} is not ready; look whether its cable is in")
        self._cadence.hurry(self._client.now(), AFTER_START)
        if mode is Mode.SCHEDULED:
            await self._keep_schedule(site, charger.id)
        await self._memory.keep(self._client.now(), at_once=True)

    def _level(self, charger: EnphaseCharger, mode: Mode | None) -> tuple[int | None, bool]:
        """The current to tell, and whether the charge must not begin without it."""
        setpoint_a = self._memory.of(charger.id).setpoint_a
        if not (mode.takes_level if mode else setpoint_a):
            return None, False
        least, most = charger.min_current_a, charger.max_current_a
        level_a = setpoint_a or charger.level_a or most or 32.0
        level_a = min(level_a, most) if most else level_a
        level_a = max(level_a, least) if least else level_a
        return int(level_a), setpoint_a is not None

    async def _keep_schedule(self, site: SiteChargers, charger_id: str) -> None:
        """A start ends the scheduled mode on some sites."""
        try:
            await self._client.set_mode(site.id, charger_id, Mode.SCHEDULED.api_word)
        except CloudError as err:
            self._log.warning("The scheduled mode could not be set again after a start: %s", err)

    async def _set_mode(self, charger_id: str, mode: Mode) -> None:
        site = await self._site(charger_id)
        memory = self._memory.of(charger_id)
        await self._client.set_mode(site.id, charger_id, mode.api_word)
        memory.mode = mode
        site.expire_mode(charger_id)
        self._cadence.hurry(self._client.now(), AFTER_CHANGE)
        await self._memory.keep(self._client.now(), at_once=True)

    async def _restart(self, site: SiteChargers, charger: EnphaseCharger) -> None:
        """Stop and, a little later, start; to everybody else that is still the same charge."""
        self._cancel_restart(charger.id)
        book = self._memory.of(charger.id).book
        book.restarting_until = self._client.now() + RESTARTED_WITHIN
        await self._memory.keep(self._client.now(), at_once=True)
        try:
            await self._client.stop(site.id, charger.id)
        except CloudError:
            book.restarting_until = None
            raise
        self._cadence.hurry(self._client.now(), AFTER_START)
        self._restarts[charger.id] = asyncio.create_task(self._start_later(site, charger))

    async def _start_later(self, site: SiteChargers, charger: EnphaseCharger) -> None:
        await self._sleep(RESTART_AFTER.total_seconds())
        try:
            await self._start(site, charger)
        except CloudError as err:
            self._memory.of(charger.id).book.restarting_until = None
            self._log.warning("%s could not be started anew with the new current: %s", charger.name, err)

    def _cancel_restart(self, charger_id: str) -> None:
        """What is commanded now counts more than an older start that still waits."""
        if task := self._restarts.pop(charger_id, None):
            task.cancel()
            self._memory.of(charger_id).book.restarting_until = None


def open_enphase(
    settings: EnphaseSettings,
    credentials_file: Path,
    *,
    token_file: Path | None,
    notes_file: Path | None,
    log: logging.Logger,
    timekeeper: Timekeeper | None = None,
) -> EnphaseCloud:
    """A connection that the caller has to close; nothing is sent before the first call.

    Raises:
        ConfigError: The credentials or the address are missing or invalid.
    """
    if settings.asks_too_often:
        log.warning(
            "Chargers are read every %g s at most, or Enphase blocks the account", settings.fastest.total_seconds()
        )
    client = EnphaseClient(
        credentials=read_credentials(credentials_file),
        base_url=str(settings.base_url or DEFAULT_BASE_URL),
        tokens_url=settings.tokens_at,
        token_file=token_file,
        quota=QUOTA if settings.base_url is None else QUOTA_ELSEWHERE,
        now=timekeeper or utc_now,
        tell_time=timekeeper.compare if timekeeper else None,
        timeout=settings.api_timeout,
        logger=log,
    )
    return EnphaseCloud(client, settings, notes_file=notes_file, logger=log)
