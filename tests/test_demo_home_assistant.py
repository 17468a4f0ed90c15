"""What needs no Home Assistant; what does is in the folder of that name."""

from pathlib import Path

import pytest

from smart_charging.demo.ha_install import Installation
from smart_charging.demo.home_assistant import HomeAssistant, HomeAssistantError
from smart_charging.demo.process import ProcessError

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

PORT = 1
"""Nobody listens there."""


@pytest.fixture
def broken(tmp_path: Path) -> Installation:
    program = tmp_path / "broken/bin/python"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 'Fatal: no such component'\nexit 1\n")
    program.chmod(0o755)
    return Installation(folder=tmp_path / "broken", version="2025.4.4")


async def test_an_end_before_it_runs_is_an_error_with_its_last_words(broken: Installation, tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match=r"(?s)Home Assistant ended with code 1 .*Fatal: no such component"):
        await HomeAssistant(tmp_path / "home", broken, port=PORT).start()


async def test_a_folder_with_other_things_is_refused_and_left_alone(broken: Installation, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/configuration.yaml").write_text("somebody's own")

    with pytest.raises(HomeAssistantError, match="holds other things"):
        await HomeAssistant(tmp_path / "home", broken, port=PORT).start()

    assert [p.name for p in (tmp_path / "home").iterdir()] == ["configuration.yaml"]
    assert (tmp_path / "home/configuration.yaml").read_text() == "somebody's own"


async def test_a_first_start_that_failed_is_begun_again(broken: Installation, tmp_path: Path) -> None:
    ha = HomeAssistant(tmp_path / "home", broken, port=PORT)
    with pytest.raises(ProcessError):
        await ha.start()
    (tmp_path / "home/.storage/auth").write_text("an owner whose token was not kept")

    with pytest.raises(ProcessError):
        await ha.start()

    assert [p.name for p in (tmp_path / "home/.storage").iterdir()] == ["onboarding"]


async def test_packages_of_an_earlier_run_are_not_kept(broken: Installation, tmp_path: Path) -> None:
    for name in ("evening", "night"):
        with pytest.raises(ProcessError):
            await HomeAssistant(tmp_path / "home", broken, packages={name: "script:\n"}, port=PORT).start()

    assert [p.name for p in (tmp_path / "home/packages").iterdir()] == ["night.yaml"]


def test_a_folder_may_be_named_from_where_we_stand(
    broken: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    ha = HomeAssistant(Path("home"), broken)

    assert ha.folder == tmp_path / "home"


async def test_who_asks_before_the_start_is_told_so(broken: Installation, tmp_path: Path) -> None:
    with pytest.raises(HomeAssistantError, match="GET /api/config: Home Assistant is not started"):
        await HomeAssistant(tmp_path / "home", broken, port=PORT).get("/api/config")
