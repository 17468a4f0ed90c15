import asyncio
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from smart_charging.demo.ha_install import (
    HomeAssistantUnavailableError,
    Installation,
    find_pythons,
    install_home_assistant,
    requirements,
)

NOWHERE = Path("/nowhere/python3")

PYTHON = """\
#!/bin/sh
PATH=/usr/bin:/bin
for last; do :; done
case "$*" in
*"-m venv"*)
    mkdir -p "$last/bin" "$last/lib/python{series}/site-packages"
    cp "$0" "$last/bin/python" ;;
*"-m pip"*)
    echo "{series} $*" >> {calls}
    {pip}
    cd "$(dirname "$0")/../lib/python{series}/site-packages"
    mkdir -p homeassistant/components/recorder homeassistant-2025.4.4.dist-info
    printf 'Name: homeassistant\\nVersion: 2025.4.4\\n' > homeassistant-2025.4.4.dist-info/METADATA
    echo '{{"requirements": ["SQLAlchemy==2.0.39"]}}' > homeassistant/components/recorder/manifest.json ;;
*) echo {version} ;;
esac
"""
"""Answers like a Python with venv and pip, as far as we ask."""


class Machine:
    """A home with made-up Pythons."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environ = {"HOME": str(home), "PATH": str(home / "bin")}
        self.calls = home / "pip-calls.txt"
        self.progress: list[str] = []

    def add(self, place: str, version: str, *, pip: str = "true") -> Path:
        major, minor, _ = version.split(".")
        program = self.home / place / f"python{major}.{minor}"
        program.parent.mkdir(parents=True, exist_ok=True)
        facts = {"series": f"{major}.{minor}", "version": version.replace(".", " "), "calls": self.calls, "pip": pip}
        program.write_text(PYTHON.format(**facts))
        program.chmod(0o755)
        return program

    async def install(self) -> Installation:
        return await install_home_assistant(self.progress.append, environ=self.environ, own_python=NOWHERE)

    def installs(self) -> list[str]:
        """The Pythons pip began to install Home Assistant for, in order."""
        return [line.split()[0] for line in self.calls.read_text().splitlines() if "--no-deps" in line]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_pythons_are_found_wherever_they_are_kept_newest_first(machine: Machine) -> None:
    machine.add("bin", "3.11.9")
    machine.add(".local/share/uv/python/cpython-3.12.4-linux/bin", "3.12.4")
    machine.add(".pyenv/versions/3.14.1/bin", "3.14.1")
    own = machine.add("venv/bin", "3.13.0")

    found = [python.series for python in find_pythons(machine.environ, own)]

    assert found == ["3.14", "3.13", "3.12", "3.11"]


def test_the_places_of_pyenv_and_uv_may_be_moved(machine: Machine) -> None:
    machine.add("pyenv/versions/3.12.0/bin", "3.12.0")
    machine.add("uv/cpython-3.13.0/bin", "3.13.0")
    moved = {"PYENV_ROOT": str(machine.home / "pyenv"), "UV_PYTHON_INSTALL_DIR": str(machine.home / "uv")}

    found = [python.series for python in find_pythons({**machine.environ, **moved}, NOWHERE)]

    assert found == ["3.13", "3.12"]


def test_of_one_series_the_newest_counts(machine: Machine) -> None:
    machine.add("bin", "3.13.1")
    newest = machine.add(".pyenv/versions/3.13.12/bin", "3.13.12")
    machine.add(".pyenv/versions/3.13.2/bin", "3.13.2")

    assert [python.program for python in find_pythons(machine.environ, NOWHERE)] == [newest]


@pytest.mark.parametrize("answer", ["3.10.18", "none.of.yours"])
def test_a_python_that_is_too_old_or_does_not_fit_is_passed_over(machine: Machine, answer: str) -> None:
    machine.add("bin", answer)

    assert find_pythons(machine.environ, NOWHERE) == []


def test_manifests_are_followed_to_what_they_depend_on(tmp_path: Path) -> None:
    manifest(tmp_path, "energy", depends_on=["history"])
    manifest(tmp_path, "history", wants=["SQLAlchemy==2.0.39"], depends_on=["energy"])
    manifest(tmp_path, "tts", wants=["mutagen==1.47.0"])

    assert requirements(tmp_path, ["energy", "no_longer_there"]) == {"SQLAlchemy==2.0.39"}


async def test_home_assistant_is_installed_with_what_its_components_need(machine: Machine) -> None:
    machine.add("bin", "3.13.5")

    installed = await machine.install()

    assert installed.folder == machine.home / ".cache/smart-charging/home-assistant-3.13"
    assert installed.version == "2025.4.4"
    alone, complete = machine.calls.read_text().splitlines()
    assert "--no-deps homeassistant>=2024.3" in alone
    assert "package_constraints.txt homeassistant==2025.4.4 SQLAlchemy==2.0.39" in complete


async def test_a_second_run_takes_what_is_there_without_a_word(machine: Machine) -> None:
    machine.add("bin", "3.13.5")
    first = await machine.install()
    machine.progress.clear()

    second = await machine.install()

    assert second == first
    assert (machine.installs(), machine.progress) == (["3.13"], [])


async def test_of_two_installations_the_one_on_the_newer_python_is_taken(machine: Machine) -> None:
    machine.add("bin", "3.13.5")
    folder = (await machine.install()).folder
    for name in ("home-assistant-3.9", "home-assistant-3.14"):
        shutil.copytree(folder, folder.with_name(name))

    assert (await machine.install()).folder.name == "home-assistant-3.14"


async def test_an_interrupted_installation_is_made_again(machine: Machine) -> None:
    machine.add("bin", "3.13.5")
    installed = await machine.install()
    left_behind(installed.folder)

    again = await machine.install()

    assert again == installed
    assert "half a file" not in names(installed.folder)
    assert machine.installs() == ["3.13", "3.13"]


async def test_an_installation_that_lacks_a_component_is_made_again(machine: Machine) -> None:
    machine.add("bin", "3.13.5")
    marker = (await machine.install()).folder / "complete.json"
    facts = json.loads(marker.read_text())
    marker.write_text(json.dumps({**facts, "components": facts["components"][1:]}))

    await machine.install()

    assert machine.installs() == ["3.13", "3.13"]


async def test_an_installation_whose_python_is_gone_is_made_again(machine: Machine) -> None:
    machine.add("bin", "3.13.5")
    installed = await machine.install()
    installed.python.unlink()

    await machine.install()

    assert machine.installs() == ["3.13", "3.13"]


async def test_where_pip_fails_the_next_python_gets_its_chance(machine: Machine) -> None:
    machine.add("bin", "3.15.0", pip="echo 'ERROR: no wheels yet'; exit 1")
    machine.add("bin", "3.13.5")

    installed = await machine.install()

    assert installed.folder.name == "home-assistant-3.13"
    assert machine.installs() == ["3.15", "3.13"]


async def test_two_runs_at_the_same_time_install_once(machine: Machine) -> None:
    machine.add("bin", "3.13.5")

    one, other = await asyncio.gather(machine.install(), machine.install())

    assert one == other
    assert machine.installs() == ["3.13"]


async def test_a_cancelled_installation_is_no_installation(machine: Machine) -> None:
    machine.add("bin", "3.13.5", pip="sleep 60")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(machine.install(), 0.5)

    machine.add("bin", "3.13.5")
    assert (await machine.install()).version == "2025.4.4"


async def test_without_a_python_that_fits_the_reason_is_given(machine: Machine) -> None:
    with pytest.raises(HomeAssistantUnavailableError, match=r"needs a Python 3\.11 or later"):
        await machine.install()


async def test_the_reason_is_the_one_that_pip_gave(machine: Machine) -> None:
    machine.add("bin", "3.13.5", pip="echo 'ERROR: No matching distribution found'; echo 'Goodbye'; exit 1")

    with pytest.raises(HomeAssistantUnavailableError, match=r"with Python 3\.13, No matching distribution found\."):
        await machine.install()


async def test_a_cache_that_cannot_be_written_is_a_reason(machine: Machine) -> None:
    machine.add("bin", "3.13.5")
    machine.home.joinpath(".cache").write_text("no folder")

    with pytest.raises(HomeAssistantUnavailableError, match="Not a directory"):
        await machine.install()


def manifest(components: Path, name: str, wants: Iterable[str] = (), depends_on: Iterable[str] = ()) -> None:
    (components / name).mkdir()
    facts = {"domain": name, "requirements": [*wants], "dependencies": [*depends_on]}
    (components / name / "manifest.json").write_text(json.dumps(facts))


def left_behind(folder: Path) -> None:
    (folder / "complete.json").unlink()
    (folder / "half a file").touch()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
