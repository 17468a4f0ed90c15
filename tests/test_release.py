from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from smart_charging import __version__
from smart_charging.services.store import MEMORY_FOLDER
from smart_charging.wheels import PINS, WHEELS_FOLDER
from worlds.bare_appdaemon import WHEELS, bare_python, brought_by, index
from worlds.documentation import PAGES, blocks
from worlds.release import RELEASE, REPOSITORY, build_archive, builder

Start = Callable[[Path], subprocess.CompletedProcess[str]]
SUITE = "apps/smart-charging/"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_archive(tmp_path_factory.mktemp("dist"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    builder().build_tree(tmp_path / "dist" / "tree", REPOSITORY)
    return tmp_path / "dist" / "tree"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The add-on's folder as it is before its first start with our line."""
    folder = tmp_path / "config"
    (folder / "apps").mkdir(parents=True)
    (folder / "apps" / "apps.yaml").write_text("hello_world:\n  module: hello\n  class: HelloWorld\n")
    return folder


@pytest.fixture
def start(config: Path) -> Start:
    """Runs the README's line as the add-on does, with a file in the release's place."""
    if not shutil.which("curl") and os.environ.get("CI") != "true":
        pytest.skip("there is no curl")
    ((line,),) = (yaml.safe_load(block)["init_commands"] for block in blocks("yaml") if "add_apps.sh" in block)
    here = line.replace("/config", str(config))

    def start(released: Path) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-c", re.sub(r"REPOSITORY/\S+", released.as_uri(), here)]
        return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # the README's words

    return start


def files(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def test_the_archive_holds_apps_package_wheels_and_licences_and_starts_nothing_by_itself(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        names = opened.getnames()

    assert {f"{SUITE}charging_monitor.py", f"{SUITE}smart_charging/wheels.txt", f"{SUITE}LICENSE"} <= set(names)
    assert {f"{SUITE}licences/{package}.txt" for package in WHEELS} <= set(names)
    assert len([name for name in names if name.startswith(f"{MEMORY_FOLDER}/{WHEELS_FOLDER}/")]) == len(WHEELS)
    assert [name for name in names if name.endswith((".yaml", ".toml", ".pyc"))] == []
    assert names[-1] == f"{SUITE}VERSION"


def test_the_first_start_brings_everything_and_the_next_does_nothing(archive: Path, config: Path, start: Start) -> None:
    first = start(archive)
    before = {name: (config / name).stat().st_mtime_ns for name in files(config)}
    second = start(archive)

    assert (first.returncode, second.returncode, second.stdout) == (0, 0, "")
    assert yaml.safe_load((config / "apps" / "smart_charging.yaml").read_text()).keys() == {
        "charging_monitor",
        "charging_control",
        "charging_scheduler",
    }
    assert {name: (config / name).stat().st_mtime_ns for name in files(config)} == before


def test_what_the_archive_brought_is_all_that_is_needed_beside_appdaemon(
    archive: Path, config: Path, start: Start, tmp_path: Path
) -> None:
    start(archive)
    suite = config / SUITE
    shutil.copy(archive.with_name("pins.txt"), suite / "smart_charging" / "wheels.txt")
    program = f"""
import logging, pathlib, smart_charging.wheels as w
w.provide_httpx(pathlib.Path("{MEMORY_FOLDER}", "{WHEELS_FOLDER}"), logging.getLogger())
import httpx, smart_charging.clouds.monta.client
httpx.AsyncClient()
print(httpx.__file__)
"""
    python = bare_python(tmp_path / "bare", brings=brought_by("appdaemon"))

    done = subprocess.run(  # noqa: S603  # our own words
        [str(python), "-c", program],
        cwd=config,
        env={**index(wheels=None), "PYTHONPATH": str(suite)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stderr, "httpx-" in done.stdout) == ("", True)


def test_without_internet_the_addon_starts_all_the_same(config: Path, start: Start) -> None:
    before = files(config)

    done = start(config / "nowhere.tar.gz")

    assert (done.returncode, files(config)) == (0, before)


def test_a_download_that_is_cut_off_is_made_up_for_by_the_next_start(
    archive: Path, config: Path, start: Start, tmp_path: Path
) -> None:
    half = tmp_path / "half.tar.gz"
    half.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])

    cut_off, whole = start(half), start(archive)

    assert (cut_off.returncode, whole.returncode) == (0, 0)
    assert (config / SUITE / "VERSION").read_text() == f"{__version__}\n"
    assert (config / "apps" / "smart_charging.yaml").exists()


def test_apps_that_a_person_has_written_stay_the_only_ones(archive: Path, config: Path, start: Start) -> None:
    own = config / "apps" / "energy" / "cars.yaml"
    own.parent.mkdir()
    own.write_text("garage:\n  module: charging_monitor\n  class: ChargingMonitor\n")

    done = start(archive)

    assert (done.returncode, (config / "apps" / "smart_charging.yaml").exists()) == (0, False)


def test_the_apps_it_writes_are_those_of_the_readme_without_anything_to_name() -> None:
    shown = next(yaml.safe_load(block) for block in blocks("yaml") if "charging_monitor:" in block)
    own = {"module", "class", "dependencies"}

    written = yaml.safe_load((RELEASE / "apps.yaml.example").read_text())

    assert written == {name: {key: value for key, value in app.items() if key in own} for name, app in shown.items()}


def test_the_tree_is_one_that_hacs_takes_and_has_no_binaries(tree: Path) -> None:
    folders = [path.name for path in (tree / "apps").iterdir() if path.is_dir()]

    assert (json.loads((tree / "hacs.json").read_text())["name"], folders) == ("Smart Charging", ["smart-charging"])
    assert set(PAGES) | {"LICENSE", f"{SUITE}charging_monitor.py"} <= files(tree)
    assert [name for name in files(tree) if name.endswith((".whl", ".yaml", ".toml"))] == []


def test_what_is_released_says_where_it_is_from(tree: Path) -> None:
    pages = [(tree / name).read_text(encoding="utf-8") for name in PAGES]

    assert [page for page in pages if "REPOSITORY" in page] == []
    assert any(f"curl -fsSLm 120 {REPOSITORY}/releases/latest/download/" in page for page in pages)


def test_a_release_tags_the_tree_beside_main_and_a_version_only_once(tree: Path, tmp_path: Path) -> None:
    def git(*words: str) -> str:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        command = ["git", "-C", str(clone), *who, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603

    def publish() -> subprocess.CompletedProcess[str]:
        env = {
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "GIT_AUTHOR_NAME": "A",
            "GIT_COMMITTER_NAME": "A",
        }
        env |= {"GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_EMAIL": "a@example.com"}
        command = [str(RELEASE / "publish"), str(tree.parent), REPOSITORY]
        return subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, check=False)  # noqa: S603

    clone = tmp_path / "clone"
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "origin")], check=True)  # noqa: S603, S607
    subprocess.run(["git", "clone", "--quiet", str(tmp_path / "origin"), str(clone)], check=True, capture_output=True)  # noqa: S603, S607
    git("commit", "--quiet", "--allow-empty", "--message", "main")
    (tmp_path / "gh").write_text("#!/bin/sh\necho $1 $2 $3 $4\n")
    (tmp_path / "gh").chmod(0o755)

    first, second = publish(), publish()

    tagged = git("ls-tree", "-r", "--name-only", git("ls-remote", "--tags", "origin").split()[0]).split()
    archive = tree.parent / "smart-charging.tar.gz"
    assert (first.returncode, first.stdout) == (0, f"release create v{__version__} {archive}\n")
    assert set(tagged) == files(tree)
    assert (second.returncode, second.stderr) == (1, f"v{__version__} is released already; raise __version__ first\n")
    assert git("status", "--porcelain") == ""


def test_a_wheel_without_a_licence_is_not_passed_on(tmp_path: Path) -> None:
    wheel = tmp_path / "some-1-py3-none-any.whl"
    shutil.make_archive(str(wheel), "zip", PINS.parent / "picture")
    wheel.with_name(f"{wheel.name}.zip").rename(wheel)

    with pytest.raises(SystemExit, match=r"some-1-py3-none-any\.whl has no licence"):
        builder()._licences(wheel)
