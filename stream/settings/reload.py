"""Settings read again while a process runs: all of them, or none where one is wrong."""

import logging
import signal
from pathlib import Path

from stream.errors import BadSettings
from stream.settings.environment import Settings, load_settings

log = logging.getLogger("pantau.settings")
_REFUSED = "settings_refused those of before hold: %s"
_RELOADED = "settings_reloaded file=%s"
_NO_FILE = "settings_refused there is no file to read again; name one in PANTAU_CONFIG and start again"

#: What tells a file from what it was: where it lies, how long it is, when it was written.
_Stamp = tuple[int, int, int] | None


class Reloading:
    """Looks after the file of `settings`: it is read again when somebody asks, or once it has changed.

    A file that is being written is left until it was the same for two looks.
    """

    def __init__(self, settings: Settings) -> None:
        self._file = settings.config
        self._loaded = self._seen = _stamp(self._file)
        self._is_asked = False

    def hear(self) -> None:
        """Have SIGHUP ask, from now on; whoever looks, does so soon."""
        signal.signal(signal.SIGHUP, lambda *_: self.ask())

    def ask(self) -> None:
        """Read it again with the next look, changed or not."""
        self._is_asked = True

    def look(self) -> Settings | None:
        """The settings anew, if there is a reason and nothing is wrong with them; else says what is."""
        found = _stamp(self._file)
        stands, self._seen = found == self._seen, found
        if not self._is_asked and (found == self._loaded or not stands):
            return None
        self._is_asked, self._loaded = False, found
        return self._read()

    def _read(self) -> Settings | None:
        if self._file is None:
            log.warning(_NO_FILE)
            return None
        try:
            settings = load_settings()
        except BadSettings as bad:
            log.warning(_REFUSED, "; ".join(str(bad).splitlines()))
            return None
        log.info(_RELOADED, self._file)
        return settings


def _stamp(file: Path | None) -> _Stamp:
    try:
        told = None if file is None else file.stat()
    except OSError:
        return None
    return None if told is None else (told.st_ino, told.st_size, told.st_mtime_ns)
