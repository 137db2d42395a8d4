"""Settings: addresses and secrets from the environment, everything else from one TOML file."""

from stream.access import is_loopback
from stream.settings.alerts import (
    AlertSettings,
    Kind,
    Language,
    Notifier,
    ReceiverSettings,
    Scope,
    Severity,
)
from stream.settings.environment import Settings, load_settings
from stream.settings.file import FileSettings
from stream.settings.promise import AlertLimits, Promise, QueueInForce, QueueSettings
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
    "AlertLimits",
    "AlertSettings",
    "CalendarSettings",
    "FileSettings",
    "Kind",
    "Language",
    "LimitSettings",
    "Notifier",
    "Promise",
    "QueueInForce",
    "QueueSettings",
    "ReceiverSettings",
    "Reloading",
    "RetentionSettings",
    "Scope",
    "Settings",
    "Severity",
    "TeamSettings",
    "is_loopback",
    "load_settings",
]
