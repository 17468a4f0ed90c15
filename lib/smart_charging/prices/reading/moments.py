"""Times as sources write them, as moments in UTC."""
# ruff: noqa: RUF001 - letters of other alphabets are what this is about

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo

from smart_charging.errors import PriceError
from smart_charging.prices.reading.saying import short, shown
from smart_charging.prices.wall_time import moments_of

_LONGEST = 60
_LOOKED_AT = 1000
"""Letters of a text, the blanks around the time included."""
_SECONDS = (1e9, 5e9)
"""Since 1970, for the years with spot prices; milliseconds and the like are that times a thousand."""
_ANY = datetime(2026, 1, 1, tzinfo=UTC)
"""For telling that something is a date, whichever."""
_DATE = r"(?P<date>\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})"
_CLOCK = r"(?P<clock>\d{1,2}(?:[:.h]\d{2})?(?::\d{2}(?:[.,]\d+)?)?)\s*(?P<half>[ap]\.?m\.?)?"
_TEXT = re.compile(
    rf"{_DATE}(?:(?:\s*T\s*|,?\s+(?:at\s+|kl\.?\s*|um\s+)?){_CLOCK}\s*(?P<zone>[A-Z]{{1,4}}|[+-]\d{{2}}(?::?\d{{2}})?)?"
    rf"(?:\[[\w/+-]+\])?)?",
    re.IGNORECASE,
)
_NAMED_OFFSETS = {
    **dict.fromkeys(("Z", "UTC", "GMT", "WET"), "+00:00"),
    **dict.fromkeys(("CET", "WEST", "BST"), "+01:00"),
    **dict.fromkeys(("CEST", "EET"), "+02:00"),
    "EEST": "+03:00",
    "AEST": "+10:00",
    "AEDT": "+11:00",
}
_HOUR_OF_DAY = re.compile(
    r"(?:h|kl\.?)?\s?(?P<hour>\d{1,2})(?:[:.h_](?P<minute>\d{2}))?(?::\d{2})?\s?(?:h|uhr)?"
    r"(?:\s?[-–_]\s?\d{1,2}(?:[:.h]?\d{2})?(?::\d{2})?\s?(?:h|uhr)?)?",
    re.IGNORECASE,
)


def looks_like_moment(value: object) -> bool:
    """Whether a value can only be a date with or without a time, or seconds since 1970."""
    if isinstance(value, datetime):
        return True
    if isinstance(value, str):
        text = value.strip()
        return len(text) <= _LONGEST and (_epoch(text) is not None or _parsed(text, _ANY) is not None)
    return _epoch(value) is not None


def is_date_only(value: object) -> bool:
    """Whether a text names a day and no time."""
    return isinstance(value, str) and re.fullmatch(_DATE + r"|20\d{6}", value.strip()) is not None


def clock_minutes(value: object) -> int | None:
    """Minutes since midnight of a time without a date: 20, "20", "20:15", "20h" and "20-21"; None for others."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value * 60) if 0 <= value <= 25 and value == int(value) else None
    match = _HOUR_OF_DAY.fullmatch(value.strip()) if isinstance(value, str) and len(value) <= _LONGEST else None
    if match is None:
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    return hour * 60 + minute if hour <= 25 and minute < 60 else None


def moment_or_none(
    value: object, zone: tzinfo, *, previous: datetime | None = None, now: datetime | None = None
) -> datetime | None:
    """The same as `moment_of`; None where nothing is written."""
    return None if value is None else moment_of(value, zone, previous=previous, now=now)


def moment_of(
    value: object, zone: tzinfo, *, previous: datetime | None = None, now: datetime | None = None
) -> datetime:
    """A time as text, or as seconds or milliseconds since 1970.

    Of two moments with the same time on the wall, the one is meant that follows the previous row.

    Raises:
        PriceError: It is no time, or none of our days.
    """
    try:
        moment = _read(value, zone, previous, now)
    except (ValueError, OverflowError, TypeError) as err:
        raise PriceError(f"{shown(value)} is not a time") from err
    if not 2000 <= moment.year < 2100:
        raise PriceError(f"{shown(value)} is no time of our days")
    return moment


def is_skipped(value: object, zone: tzinfo) -> bool:
    """Whether clocks never show a time without an offset: in spring an hour of them."""
    wall = value if isinstance(value, datetime) else _parsed(short(value).strip(), _ANY)
    if wall is None or wall.tzinfo:
        return False
    return moments_of(wall, zone)[0].astimezone(zone).replace(tzinfo=None) != wall


def day_of(value: object, now: datetime | None) -> date | None:
    """The day a text names, None where it names none."""
    if isinstance(value, datetime | date):
        return value.date() if isinstance(value, datetime) else value
    found = _parsed(value.strip(), now) if isinstance(value, str) and len(value) <= _LONGEST else None
    return found.date() if found and 2000 <= found.year < 2100 else None


def _read(value: object, zone: tzinfo, previous: datetime | None, now: datetime | None) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(_seconds(value), UTC)
    text = _text_of(value)
    if (seconds := _epoch(text)) is not None:
        return datetime.fromtimestamp(seconds, UTC)
    moment = value if isinstance(value, datetime) else _parsed(text, now)
    if moment is None:
        raise ValueError(text[:_LONGEST])
    if moment.tzinfo:
        return moment.astimezone(UTC)
    moments = moments_of(moment, zone)
    return next((one for one in moments if previous is None or one > previous), moments[0])


def _text_of(value: object) -> str:
    """Empty for what is a time already."""
    if isinstance(value, datetime):
        return ""
    return (value[:_LOOKED_AT] if isinstance(value, str) else short(value)).strip()


def _seconds(number: float) -> float:
    """Of seconds, milliseconds, microseconds or nanoseconds."""
    for _ in range(3):
        number = number / 1000 if abs(number) > 1e11 else number
    return number


def _epoch(value: object) -> float | None:
    """Seconds since 1970 where a number or its text can be nothing else."""
    if isinstance(value, str):
        if not value.isascii() or not value.replace(".", "", 1).isdigit() or len(value) in {8, 12, 14}:
            return None
        value = float(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e20:
        return None
    seconds = _seconds(value)
    return seconds if _SECONDS[0] <= seconds < _SECONDS[1] else None


def _parsed(text: str, now: datetime | None) -> datetime | None:
    """Naive where it says no offset."""
    if len(text) > _LONGEST or not any(map(str.isdigit, text)):
        return None
    if text.isascii() and text.isdigit():
        formats = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
        return _or_none(lambda: datetime.strptime(text, formats[len(text)])) if len(text) in formats else None  # noqa: DTZ007
    return _or_none(lambda: datetime.fromisoformat(text)) or _or_none(lambda: _loosely(text, now))


def _or_none(read: Callable[[], datetime | None]) -> datetime | None:
    try:
        return read()
    except (ValueError, OverflowError):
        return None


def _loosely(text: str, now: datetime | None) -> datetime | None:
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    day = _day(match["date"], is_american=bool(match["half"]), now=now)
    hour, minute, second = (
        [*map(int, re.split(r"[:.h]", re.sub(r"(?<=:\d\d:\d\d)[.,]\d+", "", match["clock"] or "0"))), 0, 0]
    )[:3]
    if match["half"]:
        hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
    if hour > 24 or minute > 59 or second > 59:
        return None
    wall = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour, minutes=minute, seconds=second)
    zone = (match["zone"] or "").upper()
    if zone.isalpha() and zone not in _NAMED_OFFSETS:
        return None
    return datetime.fromisoformat(wall.isoformat() + _NAMED_OFFSETS.get(zone, zone))


def _day(text: str, *, is_american: bool, now: datetime | None) -> date:
    """Day before month, save where that cannot be or the clock is American; with a slash the nearer one to now."""
    one, two, three = (int(part) for part in re.split(r"[-./]", text))
    if one > 31:
        return date(one, two, three)
    if two > 12 or (is_american and one <= 12):
        return date(three, one, two)
    if "/" not in text or one > 12 or one == two:
        return date(three, two, one)
    if now is None:
        raise ValueError("either the month or the day comes first")
    return min(date(three, two, one), date(three, one, two), key=lambda day: abs(day - now.date()))
