from typing import Any

import pytest

from smart_charging.errors import ActionError
from smart_charging.services.home_assistant import response_of


def failed(**error: Any) -> dict[str, Any]:
    return {"success": False, "error": error, "ad_status": "OK"}


def test_the_response_is_taken_out_of_its_wrapping() -> None:
    answer = {"success": True, "result": {"context": {"id": "x"}, "response": {"DK1": []}}, "ad_status": "OK"}

    assert response_of("nordpool.get_prices_for_date", answer) == {"DK1": []}


def test_an_action_that_responds_nothing_is_no_failure() -> None:
    assert response_of("notify.phone", {"success": True, "result": {"context": {}, "response": None}}) == {}
    assert response_of("notify.phone", {"success": True, "result": None}) == {}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(None, "Home Assistant is away", id="disconnected"),
        pytest.param({"success": False, "ad_status": "TIMEOUT"}, "not answered in time", id="timeout"),
        pytest.param({"success": False, "ad_status": "TERMINATING"}, "no reason given", id="shutting-down"),
        pytest.param(
            failed(code="invalid_format", message="required key\nnot provided @ data['date']"),
            "required key not provided @ data",
            id="wrong-data",
        ),
    ],
)
def test_a_failure_is_one_sentence_that_names_the_action(answer: Any, words: str) -> None:
    with pytest.raises(ActionError, match=rf"^tibber\.get_prices .*{words}") as caught:
        response_of("tibber.get_prices", answer)

    assert "\n" not in str(caught.value)


def test_what_an_integration_says_of_its_own_troubles_is_not_repeated() -> None:
    answer = failed(code="home_assistant_error", message="GET https://10.0.0.7/?token=hunter2 failed")

    with pytest.raises(ActionError) as caught:
        response_of("notify.phone", answer)

    assert "hunter2" not in str(caught.value)
    assert "home_assistant_error" in str(caught.value)


def test_home_assistants_own_reason_is_kept_for_those_who_know_it() -> None:
    answer = failed(code="service_validation_error", message="no prices", translation_key="empty_response")

    with pytest.raises(ActionError) as caught:
        response_of("nordpool.get_prices_for_date", answer)

    assert caught.value.reason == "empty_response"
