"""As much of Home Assistant as is needed to set it up: helpers, config entries, dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smart_charging.entities.publish import slug
from smart_charging.errors import ActionError, NotAdminError
from smart_charging.services.home_assistant import EntityState

Thing = dict[str, Any]


class AdministeredHome:
    """Answers as an administrator is answered; what is sent is recorded, and people do as they like."""

    def __init__(self) -> None:
        self.entities: dict[str, str] = {"sun.sun": "above_horizon"}
        self.helpers: dict[str, dict[str, Thing]] = {}
        """By domain and id."""
        self.entries: dict[str, str] = {}
        """A switch's entity id by the id of its config entry."""
        self.dashboards: dict[str, Thing] = {}
        """By URL path."""
        self.contents: dict[str, Any] = {}
        self.renamed: dict[str, str] = {}
        """Entity ids by those they had at first."""
        self.sent: list[str] = []
        self.is_admin = True
        self.is_away = False
        self.fails_at: str | None = None

    async def all_entities(self) -> Mapping[str, EntityState]:
        entities = {} if self.is_away else self.entities
        return {entity_id: EntityState(state=state, attributes={}) for entity_id, state in entities.items()}

    async def command(self, kind: str, **data: Any) -> Any:
        self._note(kind)
        match kind.split("/"):
            case ["config", "entity_registry", "list"]:
                return self._registry()
            case ["lovelace", *rest]:
                return self._dashboard("/".join(rest), data)
            case [domain, deed]:
                return self._helper(domain, deed, data)
            case _:
                raise ActionError(f"{kind} failed: unknown_command")

    async def call_action(self, action: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        self._note(action)
        said = data.get("value", data.get("option", data.get("time", data.get("datetime"))))
        self.entities[data["entity_id"]] = {"turn_on": "on", "turn_off": "off"}.get(action.split(".")[1], str(said))
        return {}

    async def create_config_entry(self, integration: str, *answers: Mapping[str, object]) -> str:
        self._note(integration)
        entity_id = f"switch.{slug(str(answers[-1]['name']))}"
        self.entries[entry_id := f"entry-{len(self.entries)}"] = entity_id
        self.entities[entity_id] = "off"
        return entry_id

    async def remove_config_entry(self, entry_id: str) -> None:
        del self.entities[self.entries.pop(entry_id)]

    def edit_dashboard(self, path: str) -> None:
        """As a person does in the browser."""
        self.contents[path] = {"views": [{"title": "Mine"}]}

    def _note(self, what: str) -> None:
        self.sent.append(what)
        if not self.is_admin:
            raise NotAdminError(f"{what} is for administrators of Home Assistant only")
        if self.is_away or what == self.fails_at:
            raise ActionError(f"{what} could not be called: Home Assistant is away")

    def _registry(self) -> list[Thing]:
        helpers = [(domain, one, f"{domain}.{one}", None) for domain, some in self.helpers.items() for one in some]
        switches = [("template", entry_id, entity_id, entry_id) for entry_id, entity_id in self.entries.items()]
        return [
            {"platform": platform, "unique_id": one, "entity_id": self.renamed.get(at, at), "config_entry_id": entry}
            for platform, one, at, entry in (*helpers, *switches)
        ]

    def _helper(self, domain: str, deed: str, data: Thing) -> Any:
        there = self.helpers.setdefault(domain, {})
        match deed:
            case "list":
                return list(there.values())
            case "create":
                helper_id = slug(data["name"])
                there[helper_id] = {"id": helper_id, **data}
                self.entities[f"{domain}.{helper_id}"] = "new"
            case "update":
                helper_id = data.pop(f"{domain}_id")
                there[helper_id] |= data
            case _:
                helper_id = data[f"{domain}_id"]
                del self.entities[f"{domain}.{helper_id}"]
                return there.pop(helper_id)
        return there[helper_id]

    def _dashboard(self, deed: str, data: Thing) -> Any:
        match deed:
            case "dashboards/list":
                return list(self.dashboards.values())
            case "dashboards/create":
                self.dashboards[data["url_path"]] = {"id": slug(data["url_path"]), **data}
                return self.dashboards[data["url_path"]]
            case "dashboards/delete":
                self.dashboards = {
                    key: one for key, one in self.dashboards.items() if one["id"] != data["dashboard_id"]
                }
            case "config/save":
                self.contents[data["url_path"]] = data["config"]
            case _ if data["url_path"] not in self.contents:
                raise ActionError("lovelace/config failed: config_not_found")
            case _:
                return self.contents[data["url_path"]]
        return None
