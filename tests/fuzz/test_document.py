"""A few of the requests that ``make fuzz`` makes up from the OpenAPI document."""

from pathlib import Path

from tests.fuzz.document import application, explore

_EXAMPLES = 5


def test_every_answer_keeps_to_the_document_and_none_is_a_failure_of_ours(tmp_path: Path) -> None:
    with application(tmp_path) as app:
        documented = {
            f"{method.upper()} {path}"
            for path, operations in app.openapi()["paths"].items()
            for method in operations
        }
        found = explore(app, _EXAMPLES)
    assert found.failures == []
    assert found.operations == documented
    assert found.requests > 5 * len(documented)
