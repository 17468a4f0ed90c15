"""Monta's answers on arrival: exact where they are right, one kind of error where they are wrong."""

from __future__ import annotations

import json
import traceback
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from smart_charging.clouds.http.wire import Call
from smart_charging.clouds.monta.answers import read
from smart_charging.clouds.monta.models import (
    Application,
    Charge,
    ChargePoint,
    ChargePointState,
    ChargeState,
    CurrentType,
    KwhConsumption,
    Page,
    TokenAnswer,
    Visibility,
    Wallet,
    WalletTransaction,
)
from smart_charging.errors import ResponseError
from worlds.fakes import payload

M = TypeVar("M", bound=BaseModel)
CALL = Call(method="GET", path="things/7")
SITUATIONS: dict[str, type[BaseModel]] = {
    "application": Application,
    "charge_paused_by_car": Charge,
    "charge_point_charging": ChargePoint,
    "charge_point_without_hardware": ChargePoint,
    "charge_with_nulls_only": Charge,
    "kwh_consumption_of_a_quarter": KwhConsumption,
    "kwh_consumption_without_ocpp": KwhConsumption,
    "token_with_nine_digits": TokenAnswer,
    "transaction_for_a_charge": WalletTransaction,
    "wallet_in_debt": Wallet,
    "wallet_with_nulls_only": Wallet,
}
PRIVATE = ("Elm", "8000", "ZAP012345", "third pot", "56.16", "10.20", "Guest", "made-up", "24.61", "-12.35", "501")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def arrived(model: type[M], body: object) -> M:
    return read(model, CALL, httpx.Response(200, content=json.dumps(body)))


def test_a_charge_arrives_with_every_digit_of_its_id_and_its_stamps_in_utc() -> None:
    charge = arrived(Charge, payload("charge_paused_by_car"))

    assert charge.id == 711222333444555666
    assert charge.state is ChargeState.PAUSED
    assert charge.started_at == datetime(2026, 11, 20, 17, 2, 13, tzinfo=UTC)
    assert charge.cable_plugged_in_at
    assert charge.cable_plugged_in_at > charge.started_at
    assert charge.currency
    assert charge.currency.code == "DKK"


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_is_private_shows_in_no_repr(situation: str) -> None:
    shown = repr(arrived(SITUATIONS[situation], payload(situation)))

    assert [word for word in PRIVATE if word in shown] == []


def test_a_charge_point_without_hardware_is_one_all_the_same() -> None:
    point = arrived(ChargePoint, payload("charge_point_without_hardware"))

    assert (point.name, point.state, point.type, point.max_power_kw, point.last_meter_reading_kwh) == (None,) * 5
    assert point.cable_plugged_in is None


@pytest.mark.parametrize("missing", ["cablePluggedIn", "state", "visibility", "maxKw", "type", "name"])
def test_a_charge_point_may_lack(missing: str) -> None:
    body = payload("charge_point_charging")
    del body[missing]

    assert arrived(ChargePoint, body).id == 388112


def test_words_of_the_future_read_as_unknown() -> None:
    body = payload("charge_point_charging") | {"state": "hovering", "type": "antimatter", "visibility": "ghostly"}

    point = arrived(ChargePoint, body)

    assert (point.state, point.state_word) == (ChargePointState.UNKNOWN, "hovering")
    assert (point.type, point.visibility) == (CurrentType.UNKNOWN, Visibility.UNKNOWN)
    assert arrived(Charge, payload("charge_paused_by_car") | {"state": "dreaming"}).state is ChargeState.UNKNOWN


def test_the_old_spelling_of_the_rating_is_understood() -> None:
    body = payload("charge_point_charging")
    del body["maxKw"]

    assert arrived(ChargePoint, body).max_power_kw == 22.0


def test_nine_digits_after_the_second_are_cut_to_six() -> None:
    token = arrived(TokenAnswer, payload("token_with_nine_digits"))

    assert token.access_expires_at == datetime(2026, 11, 20, 21, 0, 0, 987654, tzinfo=UTC)


def test_a_stamp_without_a_zone_is_utc() -> None:
    body = payload("charge_paused_by_car") | {"createdAt": "2026-11-20T17:02:10", "stoppedAt": "2026-11-20T18:02+01:00"}

    charge = arrived(Charge, body)

    assert charge.created_at == datetime(2026, 11, 20, 17, 2, 10, tzinfo=UTC)
    assert charge.stopped_at == datetime(2026, 11, 20, 17, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        pytest.param({"id": None}, "field id cannot be read, null came", id="null"),
        pytest.param({"id": [7]}, "field id cannot be read, a list came", id="list"),
        pytest.param({"id": {"a": 1}}, "field id cannot be read, an object came", id="object"),
        pytest.param({"id": float("nan")}, "field id cannot be read, a number came", id="not a number"),
        pytest.param({"createdAt": "secret text"}, "field createdAt cannot be read, a text came", id="text"),
        pytest.param(
            {"createdAt": "0001-01-01T00:00:00+14:00"}, "field createdAt cannot be read, a text came", id="year 0"
        ),
    ],
)
def test_an_error_names_the_field_and_the_type_that_came_instead(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ResponseError) as raised:
        arrived(Charge, payload("charge_paused_by_car") | wrong)

    assert str(raised.value) == f"GET things/7: {complaint}"
    assert "secret text" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"consumedKwh": "n/a"}, "consumed_kwh"),
        ({"consumedKwh": {"a": 1}}, "consumed_kwh"),
        ({"soc": 50}, "soc"),
        ({"soc": {"percentage": [1]}}, "soc"),
        ({"cost": float("nan")}, "cost"),
        ({"startedAt": ""}, "started_at"),
        ({"stopReason": 17}, "stop_reason"),
        ({"currency": "dkk"}, "currency"),
    ],
    ids=str,
)
def test_what_a_charge_may_do_without_is_unknown_where_it_makes_no_sense(wrong: dict[str, Any], field: str) -> None:
    charge = arrived(Charge, payload("charge_paused_by_car") | wrong)

    assert charge.id == 711222333444555666
    assert getattr(charge, field) is None


def test_a_charge_point_whose_name_is_a_number_has_that_name() -> None:
    body = payload("charge_point_charging") | {"name": 17, "maxKw": "fast", "cablePluggedIn": "perhaps"}

    point = arrived(ChargePoint, body)

    assert (point.name, point.max_power_kw, point.cable_plugged_in) == ("17", None, None)


def test_an_error_in_a_list_names_the_item() -> None:
    body = {"data": [payload("charge_paused_by_car"), {}], "meta": {"totalPageCount": 1}}

    with pytest.raises(ResponseError, match=r"^GET things/7: field data\.1\.id is missing$"):
        arrived(Page[Charge], body)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(b"", "the answer is not JSON", id="empty"),
        pytest.param(b"<html>", "the answer is not JSON", id="html"),
        pytest.param(b'{"data": [', "the answer is not JSON", id="cut off"),
        pytest.param(b"\xff\xfe{", "the answer is not JSON", id="no text"),
        pytest.param(b"[" * 100_000, "the answer is not JSON", id="too deep"),
        pytest.param(b"[]", "the answer is a list", id="a bare list"),
        pytest.param(b"null", "the answer is null", id="null"),
        pytest.param(b"{}", "field data is missing", id="no data"),
        pytest.param(b'{"data": null, "meta": {"totalPageCount": 1}}', "field data cannot be read, null came", id="-"),
        pytest.param(
            json.dumps(payload("error_envelope_with_status_200")).encode(),
            "an error (UNKNOWN) came with status 200",
            id="error envelope",
        ),
    ],
)
def test_a_list_that_is_none_is_an_error_and_not_an_empty_list(content: bytes, complaint: str) -> None:
    with pytest.raises(ResponseError) as raised:
        read(Page[WalletTransaction], CALL, httpx.Response(200, content=content, headers={"request-id": "r-1"}))

    assert str(raised.value) == f"GET things/7: {complaint} (request-id r-1)"


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ümlaut", "\x00"])
def test_a_token_that_no_header_can_carry_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(ResponseError, match=r"field accessToken cannot be read, a text came$"):
        arrived(TokenAnswer, payload("token_with_nine_digits") | {"accessToken": token})


@pytest.mark.parametrize("situation", SITUATIONS)
@given(data=st.data())
def test_any_value_in_any_field_gives_a_model_or_a_response_error(situation: str, data: st.DataObject) -> None:
    body = payload(situation)
    body[data.draw(st.sampled_from(sorted(body)))] = data.draw(json_values)

    try:
        model = arrived(SITUATIONS[situation], body)
    except ResponseError as err:
        assert str(err).startswith("GET things/7: field ")  # noqa: PT017 - either way is right
    else:
        assert isinstance(model, SITUATIONS[situation])


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_body_at_all_gets_past_the_one_error(body: bytes) -> None:
    with pytest.raises(ResponseError):
        read(Page[Charge], CALL, httpx.Response(200, content=body))
