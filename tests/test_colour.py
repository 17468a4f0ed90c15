import io

import pytest

from smart_charging.colour import Style, styled
from worlds.terminal import Terminal


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.platform", "linux")


def test_a_terminal_gets_the_styles_and_is_left_as_it_was() -> None:
    assert styled("ready", Style.BOLD, Style.GREEN, stream=Terminal()) == "\x1b[1;32mready\x1b[0m"


def test_text_without_a_style_has_no_codes() -> None:
    assert styled("ready", stream=Terminal()) == "ready"


def test_a_file_or_pipe_gets_no_codes() -> None:
    assert styled("ready", Style.GREEN, stream=io.StringIO()) == "ready"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_declines_colour_gets_none(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    assert styled("ready", Style.GREEN, stream=Terminal()) == "ready"


def test_an_empty_no_color_declines_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")

    assert styled("ready", Style.GREEN, stream=Terminal()) != "ready"


@pytest.mark.parametrize(("console", "shown"), [({}, "ready"), ({"WT_SESSION": "1"}, "\x1b[32mready\x1b[0m")])
def test_on_windows_only_the_terminal_that_knows_the_codes_gets_them(
    monkeypatch: pytest.MonkeyPatch, console: dict[str, str], shown: str
) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.delenv("WT_SESSION", raising=False)
    for name, value in console.items():
        monkeypatch.setenv(name, value)

    assert styled("ready", Style.GREEN, stream=Terminal()) == shown
