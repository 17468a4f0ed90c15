"""How one account behaves; nobody knows which of these a given owner has."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

START_FORMS = (
    ("POST", "ev_chargers", ("chargingLevel", "connectorId")),
    ("PUT", "ev_chargers", ("chargingLevel", "connectorId")),
    ("POST", "ev_charger", ("chargingLevel", "connectorId")),
    ("POST", "ev_chargers", ("charging_level", "connector_id")),
)
"""Method, folder and fields of a start with a level; without one, its field is missing."""
STOP_FORMS = (("PUT", "ev_chargers"), ("POST", "ev_chargers"), ("POST", "ev_charger"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Shapes, delays, and what is refused."""

    new_shape: bool = True
    asks_for_code: bool = False
    token_life: timedelta = timedelta(hours=12)
    session_life: timedelta = timedelta(days=30)
    shows_login_page: bool = False
    """Its login page where the session has ended, instead of a 401."""
    quota: int = 600
    """Requests an hour; above it comes 429, and far above it all sessions end."""
    logins_an_hour: int = 10
    """With more than these the account is blocked for a day."""
    start_delay: timedelta = timedelta(seconds=12)
    stop_delay: timedelta = timedelta(seconds=6)
    report_every: timedelta = timedelta(minutes=5)
    """How often a charger tells its energy."""
    start_form: int = 0
    stop_form: int = 0
    takes_levels: bool = True
    after_stop: str = "SUSPENDED_EVSE"
    """What the connector says after a stop."""
    mode: str = "MANUAL_CHARGING"
    tells_mode: bool = True
    starts_by_itself: bool = False

    @classmethod
    def drawn(cls, dice: random.Random) -> Habits:
        """Some account with which plans can be followed."""
        return cls(
            new_shape=dice.random() < 0.7,
            token_life=timedelta(minutes=dice.choice([20, 60, 720, 720])),
            session_life=timedelta(hours=dice.choice([6, 24, 720, 720])),
            shows_login_page=dice.random() < 0.3,
            start_delay=timedelta(seconds=dice.choice([5, 12, 30, 50])),
            stop_delay=timedelta(seconds=dice.choice([3, 6, 20])),
            report_every=timedelta(seconds=dice.choice([60, 300, 300])),
            start_form=dice.choice([0, 0, 1, 2, 3]),
            stop_form=dice.choice([0, 0, 1, 2]),
            takes_levels=dice.random() < 0.8,
            after_stop=dice.choice(["SUSPENDED_EVSE", "AVAILABLE", "FINISHING"]),
            tells_mode=dice.random() < 0.8,
        )
