"""Keep what this version leaves on the disk, for the next one to be tested with.

    PYTHONPATH=lib:apps:tests python tests/benchmarks/freeze_version.py

Run it at a release, before anything is changed; tests/test_upgrade.py then starts the new code over it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worlds.evening import LastVersionEvening, played
from worlds.fakes import PAYLOADS
from worlds.names_in_use import names_in_use

INTO = PAYLOADS / "last_version"


def main() -> None:
    shutil.rmtree(INTO, ignore_errors=True)
    INTO.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        evening = played(Path(folder))
        shutil.copytree(evening.folder / "smart_charging_memory", INTO / "smart_charging_memory")
        shutil.copy(evening.folder / "smart_charging_sessions.jsonl", INTO)
        shutil.copy(evening.folder / ".smart_charging_tokens.json", INTO / "smart_charging_tokens.json")
    _write("cloud", evening.world.happened)
    _write("shown", dict(sorted(_shown(evening).items())))
    with tempfile.TemporaryDirectory() as folder:
        _write("names", names_in_use(Path(folder)))


def _shown(evening: LastVersionEvening) -> Mapping[str, Any]:
    """What stands in Home Assistant, by unique id."""
    there = {topic: json.loads(text) for topic, text in evening.broker.retained.items() if text.startswith("{")}
    return {
        config["unique_id"]: {
            "entity_id": config["default_entity_id"],
            **{key: there[config["json_attributes_topic"]][key] for key in ("state", "attributes")},
        }
        for topic, config in there.items()
        if topic.endswith("/config")
    }


def _write(name: str, content: object) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (INTO / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
