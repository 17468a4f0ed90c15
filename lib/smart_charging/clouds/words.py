"""What a cloud is called, in sentences and in the names of entities and services."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudWords:
    """The cloud's words for people; each cloud's folder has its own in `words.py`."""

    name: str
    """As people say it, in `{name} does not answer`."""
    manufacturer: str
    """Of its devices in Home Assistant."""
    prefix: str
    """Entity ids, services and the event of this cloud begin with it; small letters, digits, underscores."""
    login_hint: str
    """What to do when it refuses the login, as the second half of a sentence."""
    scope_hint: str
    """The same when the login may not do something; `{scope}` stands for the permission that is missing."""
    has_plain_names: bool = False
    """Whether what is remembered of its chargers carries no name of the cloud.

    So it was when there was one cloud only; nothing of that time must be lost.
    """
