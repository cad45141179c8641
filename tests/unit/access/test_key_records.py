"""What is kept of an API key."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from pipelines.access.key_records import KEY, KeyRecord, KeyRecords, Scope, moment, new_key

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def record(*scopes: Scope, expires: datetime | None = None) -> KeyRecord:
    return new_key("gate-1", frozenset(scopes), NOW, expires)[1]


def test_a_key_names_its_record_and_has_256_random_bits() -> None:
    key, kept = new_key("gate-1", frozenset({Scope.RECOGNISE}), NOW)
    found = KEY.fullmatch(key)
    assert found is not None
    assert found[1] == kept.id
    assert len(key.removeprefix(f"gk_{kept.id}_")) * 6 >= 256
    assert new_key("gate-1", frozenset({Scope.RECOGNISE}), NOW)[0] != key


def test_only_the_digest_of_a_key_is_kept() -> None:
    key, kept = new_key("gate-1", frozenset({Scope.RECOGNISE}), NOW)
    assert kept.sha256 == hashlib.sha256(key.encode()).hexdigest()
    assert key[12:] not in kept.model_dump_json()


def test_admin_includes_the_other_scopes_and_they_do_not_include_each_other() -> None:
    allowed = {scope: [asked for asked in Scope if record(scope).allows(asked)] for scope in Scope}
    assert allowed == {
        Scope.RECOGNISE: [Scope.RECOGNISE],
        Scope.ENROL: [Scope.ENROL],
        Scope.ADMIN: [Scope.RECOGNISE, Scope.ENROL, Scope.ADMIN],
    }


def test_a_key_is_refused_from_the_moment_it_expires() -> None:
    kept = record(Scope.RECOGNISE, expires=NOW)
    assert kept.expired(NOW)
    assert not kept.expired(NOW - timedelta(microseconds=1))
    assert not record(Scope.RECOGNISE).expired(datetime.max.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2027-01-01", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2027-01-01T08:30:00", datetime(2027, 1, 1, 8, 30, tzinfo=UTC)),
        ("2027-01-01T08:30:00+07:00", datetime(2027, 1, 1, 1, 30, tzinfo=UTC)),
        (datetime(2027, 1, 1), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2027, 1, 1).date(), datetime(2027, 1, 1, tzinfo=UTC)),
        ("soon", "soon"),
        (7, 7),
    ],
)
def test_a_date_is_its_first_moment_and_without_a_zone_utc(written: object, read: object) -> None:
    assert moment(written) == read


@pytest.mark.parametrize("name", ["", "gate 1", "-gate", "ga\nte", "x" * 65, "gäte"])
def test_refuses_a_name_that_would_confuse_a_log(name: str) -> None:
    with pytest.raises(ValidationError):
        new_key(name, frozenset({Scope.RECOGNISE}), NOW)


def test_refuses_a_key_without_scopes() -> None:
    with pytest.raises(ValidationError):
        new_key("gate-1", frozenset(), NOW)


def test_refuses_two_keys_of_one_id() -> None:
    kept = record(Scope.ADMIN)
    with pytest.raises(ValidationError, match=f"the id {kept.id} stands twice"):
        KeyRecords(keys=(kept, kept))
