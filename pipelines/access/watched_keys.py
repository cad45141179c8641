"""The keys of a file that changes while the service runs."""

import hmac
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pipelines.access.key_file import read_keys
from pipelines.access.key_records import KEY, KeyRecord, digest
from pipelines.errors import ConfigurationError, Unauthorized

KEY_UNKNOWN: Final = "the API key is not known here: it is mistyped, or was revoked"

_log = logging.getLogger(__name__)
_NO_DIGEST: Final = "0" * 64  # compared with where no key has the id, so that this takes as long


class WatchedKeys:
    """Recognises keys, by a file that is read again when it has changed.

    A file that is broken, or gone, changes nothing and is said in the log: the keys that were read
    last stay until a good file is there.

    Args:
        path: The key file.
        reload_s: How often at most to look at it.
        clock: Seconds that only grow.
        now: The time by which keys expire.

    Raises:
        ConfigurationError: The file cannot be read, or is broken.
    """

    def __init__(
        self,
        path: Path,
        reload_s: float,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path = path
        self._reload_s = reload_s
        self._clock = clock
        self._now = now
        self._said = ""
        # Looked at before it is read: what changes in between is seen at the next look.
        self._stamp = self._look()
        self._keys = _by_id(read_keys(path))
        self._look_again_at = clock() + reload_s

    def find(self, key: str) -> KeyRecord:
        """What is kept of a key that was sent.

        Raises:
            Unauthorized: It is none of ours, or has expired.
        """
        if self._clock() >= self._look_again_at:
            self._read_again()
            self._look_again_at = self._clock() + self._reload_s
        form = KEY.fullmatch(key)
        if form is None:
            raise Unauthorized(KEY_UNKNOWN)
        record = self._keys.get(form[1])
        known = record.sha256 if record else _NO_DIGEST
        if not hmac.compare_digest(known, digest(key)) or record is None:
            raise Unauthorized(KEY_UNKNOWN)
        if record.expired(self._now()):
            raise Unauthorized(f'the API key "{record.name}" has expired, ask for a new one')
        return record

    def _read_again(self) -> None:
        stamp = self._look()
        if stamp == self._stamp and stamp is not None:
            return
        try:
            keys = read_keys(self._path)
        except ConfigurationError as error:
            # A broken file is read again once it changes, an unreadable one at the next look.
            self._stamp = None if isinstance(error.__cause__, OSError) else stamp
            if self._said != error.message:
                _log.error("%s; the keys that were read before stay", error)
                self._said = error.message
            return
        self._stamp, self._keys, self._said = stamp, _by_id(keys), ""
        _log.info("read %d keys of %s again", len(keys), self._path)

    def _look(self) -> tuple[int, int, int, int] | None:
        """What another file, or another content, has otherwise; None where there is no file."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _by_id(keys: tuple[KeyRecord, ...]) -> dict[str, KeyRecord]:
    return {one.id: one for one in keys}
