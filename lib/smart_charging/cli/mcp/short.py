"""Makes answers short, and keeps from a language model what is nobody's business."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from smart_charging.clouds.monta_partner.hidden import HIDDEN, without_secrets

_PRIVATE = re.compile(
    r"serial|identity|identifier|^vin$|^vid$|evseid|licenseplate|address|street|^zip$|^city$|province|postal"
    r"|location|coordinates|latitude|longitude|email|phone|firstname|lastname|simcard|joincode|qrcode|publiclink"
    r"|pdfurl|contracturl|taxident|vatnumber|registrationnumber|note$|comment|custompayload|metadata|signeddata"
    r"|requestid|^body$|^payload$",
    re.IGNORECASE,
)
"""Names of fields that are left out: where and who somebody is, what hardware they have, and free text."""
_MOST_LETTERS = 300
_MOST_OF_A_LIST = 25
_MOST_IN_ALL = 12_000
"""Characters of an answer; a model reads all of them, whatever it was looking for."""


def fit_for_a_model(answer: object) -> object:
    """The answer without secrets, private fields and empty ones, and with long lists and texts cut."""
    return _lean(without_secrets(answer))


def as_text(answer: object) -> str:
    """Compact JSON; of rows that are too long together, as many as fit."""
    text = _json(answer)
    while len(text) > _MOST_IN_ALL and isinstance(answer, Mapping) and len(rows := answer.get("rows") or ()) > 1:
        answer = {**answer, "rows": rows[: len(rows) // 2], "cut": "ask for fewer rows at once to see the others"}
        text = _json(answer)
    return text if len(text) <= _MOST_IN_ALL else f"{text[:_MOST_IN_ALL]} (cut)"


def _lean(value: object) -> object:
    match value:
        case Mapping():
            kept = {str(key): _lean(one) for key, one in value.items() if not _PRIVATE.search(str(key))}
            return {key: one for key, one in kept.items() if one not in (None, HIDDEN, "", [], {})}
        case list() | tuple():
            more = [f"and {len(value) - _MOST_OF_A_LIST} more"] if len(value) > _MOST_OF_A_LIST else []
            return [*(_lean(one) for one in value[:_MOST_OF_A_LIST]), *more]
        case str() if len(value) > _MOST_LETTERS:
            return f"{value[:_MOST_LETTERS]}..."
        case float():
            return round(value, 4)
        case _:
            return value


def _json(answer: object) -> str:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"), default=str)
