"""Settings: addresses and secrets from the environment, everything else from one TOML file."""

from stream.access import is_loopback
from stream.settings.environment import Settings, load_settings
from stream.settings.file import FileSettings
from stream.settings.promise import Promise, QueueInForce, QueueSettings
from stream.settings.reload import Reloading
from stream.settings.sections import (
    AgentSettings,
    CalendarSettings,
    LimitSettings,
    RetentionSettings,
    TeamSettings,
)

__all__ = [
    "AgentSettings",
    "CalendarSettings",
    "FileSettings",
    "LimitSettings",
    "Promise",
    "QueueInForce",
    "QueueSettings",
    "Reloading",
    "RetentionSettings",
    "Settings",
    "TeamSettings",
    "is_loopback",
    "load_settings",
]
