"""Turns what pydantic finds wrong with an app's arguments into sentences: the key, the mistake and what to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from smart_charging.config.numbers import advice_on
from smart_charging.printable import printable

ASIDE = "~"
"""Marks those parts of an error's location that are not in the user's file."""
_CHARGER = "charge_point_id"
"""Tells which item of a list is meant, where the item has it."""
_ABOUT_NUMBERS = frozenset({"float_parsing", "float_type", "int_parsing", "int_from_float", "literal_error"}) | {
    *("greater_than", "greater_than_equal", "less_than", "less_than_equal"),
    *("seconds", "share", "rates"),
}
"""Pydantic's and our own types of errors that a number in another form or unit can have."""
_WORDS = {
    "Input should be a valid boolean, unable to interpret input": "expected true or false",
    "Input should be": "expected",
    "String should": "expected it to",
    ", unable to parse string as a number": "",
    ", unable to parse string as an integer": "",
    " after validation, not 0": "",
}


def complaints(model: type[BaseModel], error: ValidationError, written: Mapping[str, Any]) -> Iterator[str]:
    """One line for each mistake; those about several arguments name them in the sentence.

    Args:
        model: Of the arguments.
        written: The arguments as they are in apps.yaml, for the place of the mistake.
    """
    for detail in error.errors(include_url=False):
        place = _place(detail["loc"], written)
        yield f"{place}: {_complaint(model, detail)}" if place else _complaint(model, detail)


def _place(location: Sequence[str | int], written: object) -> str:
    """The keys to the mistake; items of a list count from one, and a charger's is followed by its id or name."""
    parts: list[str] = []
    for key in location:
        if str(key).startswith(("[", ASIDE)):
            continue
        if isinstance(written, list) and isinstance(key, int):
            written = written[key] if key < len(written) else None
            parts.append(f"{key + 1}{_whose(written)}")
        elif isinstance(written, Mapping) and key in written:
            written = written[key]
            parts.append(str(key))
        elif isinstance(key, str):
            parts.append(key)
        # else it is the number of a value that stands there without a list around it
    return ".".join(parts)


def _whose(item: object) -> str:
    charger = item.get(_CHARGER) if isinstance(item, Mapping) else None
    return f" ({printable(str(charger), most=40)})" if isinstance(charger, str | int) else ""


def _complaint(model: type[BaseModel], detail: ErrorDetails) -> str:
    match detail["type"]:
        case "extra_forbidden":  # without its value: people do put passwords in the wrong place
            return f"unknown key; known are {', '.join(_keys(_model_at(model, detail['loc'][:-1])))}"
        case "missing":
            return "missing; it has to be written"
        case "alternatives":  # about two keys: showing the value of one does not help
            return detail["msg"]
        case "model_type" | "dict_type" if known := _keys(_model_at(model, detail["loc"])):
            return f"expected keys below it, of {', '.join(known)}; got {_short(detail['input'])}"
        case kind if isinstance(detail["input"], Mapping | list) and not kind.endswith("_type"):
            return _said(detail["msg"])  # about the whole list or mapping: its length does not help
        case _:
            return f"{_said(detail['msg'])}; got {_short(detail['input'])}{_advice(detail)}"


def _advice(detail: ErrorDetails) -> str:
    """What to write instead of a number that has a unit, a decimal comma, or another unit than the key's."""
    if detail["type"] not in _ABOUT_NUMBERS:
        return ""
    key = next((part for part in reversed(detail["loc"]) if isinstance(part, str) and not part.startswith(ASIDE)), "")
    advice = advice_on(key, detail["input"])
    return f"; {advice}" if advice else ""


def _said(message: str) -> str:
    """Pydantic's message in simpler words."""
    for theirs, our in _WORDS.items():
        message = message.replace(theirs, our)
    return message if message.startswith("URL") else message[0].lower() + message[1:]


def _model_at(model: type[BaseModel], place: Sequence[str | int]) -> type[BaseModel]:
    """The model of a nested part of the arguments; of several models, the one whose name is marked in the place."""
    models: Sequence[type[BaseModel]] = ()
    for key in place:
        if field := next((field for name, field in model.model_fields.items() if key in {name, field.alias}), None):
            models = list(_models_in(field.annotation))
            model = next(iter(models), model)
        else:
            model = next((one for one in models if key == f"{ASIDE}{one.__name__}"), model)
    return model


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and not get_args(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _keys(model: type[BaseModel]) -> list[str]:
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _short(value: object) -> str:
    match value:
        case dict() | list():
            shown = f"a {type(value).__name__} of {len(value)}"
        case timedelta():
            shown = f"{value.total_seconds():g}"
        case _:
            shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
