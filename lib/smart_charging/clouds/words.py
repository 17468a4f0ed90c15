"""How a cloud is named in messages, entity ids and services."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudWords:
    """The names and hints of one cloud; each cloud's folder has them in `words.py`."""

    name: str
    """For sentences such as `{name} does not answer`."""
    manufacturer: str
    """Manufacturer of its devices in Home Assistant."""
    prefix: str
    """Entity ids, services and the event of this cloud begin with it; small letters, digits, underscores."""
    login_hint: str
    """What to do when the cloud refuses the login, as the second half of a sentence."""
    scope_hint: str
    """What to do when a permission is missing; `{scope}` is replaced by its name."""
    portal: str | None = None
    """Where people manage their chargers, as a URL; None where it is not known."""
    has_plain_names: bool = False
    """Whether its device ids and store keys do without the cloud's name.

    True for the first cloud only: ids and keys from before there were others must stay valid.
    """
