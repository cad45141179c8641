"""Where traces go, and what they may say."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status, StatusCode

from deployments import tracing
from deployments.tracing import DiscreetExporter, WritingExporter, exporters, span
from pipelines.errors import ExternalIdTaken

TAKEN = 'another driver has the external id "fleet-0042"'


class Kept(SpanExporter):
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (tracing.FOLDER_VARIABLE, tracing.ENDPOINT_VARIABLE, "OTEL_SERVICE_NAME"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def failed_call(*exporting: SpanExporter) -> None:
    """Finishes a span of a call that failed as Serve records it."""
    provider = TracerProvider()
    for exporter in exporting:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("call", record_exception=False) as call:
        call.set_attribute("request_id", "gate-7")
        try:
            raise ExternalIdTaken(TAKEN)
        except ExternalIdTaken as error:
            call.record_exception(error)
            call.set_status(Status(StatusCode.ERROR, str(error)))
    provider.shutdown()


def test_the_sentence_of_an_error_stays_out_of_traces() -> None:
    kept = Kept()
    failed_call(DiscreetExporter(kept))
    [exported] = kept.spans
    text = exported.to_json()
    assert "fleet-0042" not in text
    assert "pipelines.errors.ExternalIdTaken" in text
    assert exported.attributes == {"request_id": "gate-7"}
    assert exported.status.status_code is StatusCode.ERROR
    assert exported.end_time is not None


def test_spans_are_written_a_line_each(tmp_path: Path) -> None:
    path = tmp_path / "traces" / "replica.jsonl"
    exporter = WritingExporter(path)
    failed_call(exporter)
    failed_call(exporter)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["call", "call"]


def test_a_folder_that_cannot_be_written_is_no_failure_of_the_request(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = WritingExporter(tmp_path / "replica.jsonl")
    (tmp_path / "replica.jsonl").mkdir()
    failed_call(exporter)
    assert "traces cannot be written" in caplog.text


@pytest.mark.usefixtures("clean_environment")
def test_without_an_endpoint_traces_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(tracing.FOLDER_VARIABLE, str(tmp_path / "traces"))
    provider = TracerProvider()
    for processor in exporters():
        provider.add_span_processor(processor)
    with provider.get_tracer("test").start_as_current_span("call"):
        pass
    provider.shutdown()
    [file] = (tmp_path / "traces").iterdir()
    assert json.loads(file.read_text())["name"] == "call"


class Collector(BaseHTTPRequestHandler):
    """Keeps the paths and bodies that it gets."""

    got: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.got.append((self.path, self.rfile.read(length)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


@pytest.fixture
def collector() -> Iterator[HTTPServer]:
    Collector.got = []
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("clean_environment")
def test_traces_are_sent_to_the_endpoint(
    collector: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = f"http://127.0.0.1:{collector.server_port}"
    monkeypatch.setenv(tracing.ENDPOINT_VARIABLE, endpoint)
    [processor] = exporters()
    provider = TracerProvider()
    provider.add_span_processor(processor)
    with provider.get_tracer("test").start_as_current_span("a call"):
        pass
    provider.shutdown()
    [(path, body)] = Collector.got
    assert path == "/v1/traces"
    assert b"a call" in body


def test_a_span_of_a_request_that_is_not_traced_is_nothing() -> None:
    assert isinstance(span("batch", 3), nullcontext)


def test_a_span_stands_below_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    # A process's provider can be set once, which is Serve's to do.
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    with provider.get_tracer("test").start_as_current_span("request"), span("batch", 3):
        pass
    batch, request = kept.spans
    assert (batch.name, batch.attributes) == ("batch", {"items": 3})
    assert batch.parent is not None
    assert batch.parent == request.get_span_context()
