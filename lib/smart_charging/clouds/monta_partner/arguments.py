"""What a monitor of Monta's Partner API can be told in apps.yaml besides what every monitor can."""

from __future__ import annotations

from pydantic import Field

from smart_charging.config.monitor import MonitorSettings


class MontaPartnerSettings(MonitorSettings):
    """Arguments of the app `charging_monitor` with `cloud: monta_partner`."""

    operator_id: int | None = Field(default=None, ge=1)
    """Only what belongs to this operator."""
    team_id: int | None = Field(default=None, ge=1)
    """Only charge points of this team."""
    site_id: int | None = Field(default=None, ge=1)
    """Only charge points of this site."""
    paying_team_id: int | None = Field(default=None, ge=1)
    """Pays for charges started here; needed where the credentials reach more than one team."""
    webhook: bool = False
    """Take events from Monta, to which `smart-charging monta webhook on` subscribes."""
    may_pause_rules: bool = False
    """Switch Monta's own charging rules off while a car is plugged in."""
    charging_profiles: bool = False
    """Set the current by charging profile, which Monta opens for an operator on request."""
