"""API keys of a key file: make one, list them, replace one, revoke one.

The service sees a change within ``access.keys_reload_s``, without a restart. Times without a zone
are UTC.

Run: ``python -m deployments.keys new --name gate-1 --scopes recognise --expires 2027-01-01``
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from configs.section import ROOT
from pipelines.access.key_file import change_keys, read_keys
from pipelines.access.key_records import KeyRecord, Scope, moment, new_key
from pipelines.errors import ConfigurationError

_KEPT_H = 24.0
_MOST_KEPT_H = 366 * 24


def main(arguments: Sequence[str]) -> int:
    """Runs one command; returns the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        asked.run(asked)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _new(asked: argparse.Namespace) -> None:
    try:
        key, made = new_key(asked.name, frozenset(asked.scopes), datetime.now(UTC), asked.expires)
    except ValidationError as error:
        raise ConfigurationError(
            f"{asked.name!r} is no name: take letters, digits and . _ - up to 64"
        ) from error
    limits = {"requests_per_minute": asked.per_minute, "requests_per_day": asked.per_day}
    record = made.model_copy(update=limits)

    def added(keys: tuple[KeyRecord, ...]) -> tuple[KeyRecord, ...]:
        if any(one.name == asked.name for one in keys):
            raise ConfigurationError(
                f"there is a key {asked.name} already: rotate replaces it, another name adds one"
            )
        return (*keys, record)

    change_keys(asked.file, added)
    _show_once(key, record)


def _rotate(asked: argparse.Namespace) -> None:
    now = datetime.now(UTC)
    ends = now + timedelta(hours=asked.keep_old_hours)
    replaced: list[tuple[str, KeyRecord]] = []

    def rotated(keys: tuple[KeyRecord, ...]) -> tuple[KeyRecord, ...]:
        old = _chosen(keys, asked.key)
        key, made = new_key(old[-1].name, old[-1].scopes, now, _end(asked.expires, old[-1], now))
        limits = {"requests_per_minute", "requests_per_day"}
        record = made.model_copy(update=old[-1].model_dump(include=limits))
        replaced.append((key, record))
        return (*(_ending(one, ends) if one in old else one for one in keys), record)

    change_keys(asked.file, rotated)
    _show_once(*replaced[0])


def _revoke(asked: argparse.Namespace) -> None:
    revoked: list[KeyRecord] = []

    def kept(keys: tuple[KeyRecord, ...]) -> tuple[KeyRecord, ...]:
        revoked.extend(_chosen(keys, asked.key))
        return tuple(one for one in keys if one not in revoked)

    change_keys(asked.file, kept)
    sys.stdout.write("".join(f"revoked {one.id} of {one.name}\n" for one in revoked))


def _list(asked: argparse.Namespace) -> None:
    now, keys = datetime.now(UTC), read_keys(asked.file)
    sys.stdout.write(f"{'ID':<10}{'NAME':<24}{'SCOPES':<24}{'CREATED':<12}EXPIRES\n")
    for one in keys:
        ends = f"{one.expires:%Y-%m-%d %H:%M}Z" if one.expires else "never"
        past = " (expired)" if one.expired(now) else ""
        sys.stdout.write(
            f"{one.id:<10}{one.name:<24}{','.join(sorted(one.scopes)):<24}"
            f"{one.created:%Y-%m-%d}  {ends}{past}\n"
        )


def _chosen(keys: tuple[KeyRecord, ...], key: str) -> tuple[KeyRecord, ...]:
    """The keys of a name, or the one of an id."""
    chosen = tuple(one for one in keys if key in (one.name, one.id))
    if not chosen:
        known = ", ".join(sorted({one.name for one in keys})) or "none"
        raise ConfigurationError(f"there is no key {key}, known are {known}")
    return chosen


def _end(asked: datetime | None, old: KeyRecord, now: datetime) -> datetime | None:
    """When the key that replaces an old one ends: as the old one does, where nothing is said."""
    if asked is None and old.expired(now):
        raise ConfigurationError(
            f"the key {old.name} has ended, say by --expires when the new one is to end"
        )
    return asked or old.expires


def _ending(key: KeyRecord, ends: datetime) -> KeyRecord:
    earlier = key.expires is not None and key.expires < ends
    return key if earlier else key.model_copy(update={"expires": ends})


def _show_once(key: str, record: KeyRecord) -> None:
    scopes = ", ".join(sorted(record.scopes))
    sys.stderr.write(f"The key of {record.name} ({scopes}); it is shown this once:\n")
    sys.stdout.write(f"{key}\n")


def _moment(text: str) -> datetime:
    value = moment(text)
    if not isinstance(value, datetime):
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2027-01-31")
    return value


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = -1.0
    if not 0 <= hours <= _MOST_KEPT_H:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of hours up to {_MOST_KEPT_H}")
    return hours


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of requests")
    return int(text)


def _scopes(text: str) -> list[Scope]:
    try:
        return [Scope(one.strip()) for one in text.split(",")]
    except ValueError as error:
        known = ", ".join(Scope)
        raise argparse.ArgumentTypeError(f"{text!r}: scopes are {known}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deployments.keys", description=__doc__)
    parser.add_argument(
        "--file",
        type=Path,
        default=ROOT / "var/keys.yaml",
        help="the key file (var/keys.yaml of the checkout)",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    new = commands.add_parser("new", help="make a key, show it once, keep its hash")
    new.add_argument("--name", required=True, help="who will use it, such as gate-1")
    new.add_argument("--scopes", required=True, type=_scopes, help="recognise,enrol,admin")
    new.add_argument("--expires", type=_moment, help="refused from this date or time on")
    new.add_argument("--per-minute", type=_count, metavar="N", help="requests; 0 is no limit")
    new.add_argument("--per-day", type=_count, metavar="N", help="requests; 0 is no limit")
    new.set_defaults(run=_new)
    rotate = commands.add_parser("rotate", help="make a new key of a name, and let the old one end")
    rotate.add_argument("key", help="name or id")
    rotate.add_argument("--keep-old-hours", type=_hours, default=_KEPT_H, metavar="H")
    rotate.add_argument(
        "--expires", type=_moment, help="when the new key ends; as the old one, where not said"
    )
    rotate.set_defaults(run=_rotate)
    revoke = commands.add_parser("revoke", help="remove the keys of a name, or one by its id")
    revoke.add_argument("key", help="name or id")
    revoke.set_defaults(run=_revoke)
    listing = commands.add_parser("list", help="list the keys, without what could be used")
    listing.set_defaults(run=_list)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
