"""Where traces go, and what they may say.

Serve makes the spans of requests and calls, gives each the request's id and hands the context from
deployment to deployment, where the Serve YAML asks for it:

    tracing_config:
      enabled: true
      exporter_import_path: deployments.tracing:exporters
      sampling_ratio: 1.0

With ``OTEL_EXPORTER_OTLP_ENDPOINT`` in the replicas' environment spans are sent there, else they
are written to a folder, ``GATEHOUSE_TRACES``.
"""

import logging
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

from opentelemetry import trace
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.trace import Status

from configs.settings import ROOT
from pipelines.errors import ConfigurationError

_log = logging.getLogger(__name__)

FOLDER_VARIABLE: Final = "GATEHOUSE_TRACES"
ENDPOINT_VARIABLE: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"

_DEFAULT_FOLDER: Final = "var/traces"
_SERVICE_NAME_VARIABLE: Final = "OTEL_SERVICE_NAME"
_EXCEPTION_TYPE: Final = "exception.type"
_EXPORT_EVERY_MS: Final = 1000


def exporters() -> list[SpanProcessor]:
    """What Serve gives the spans of a replica to; called by Serve in each replica.

    Raises:
        ConfigurationError: Spans are to be sent, and the package that sends them is missing.
    """
    os.environ.setdefault(_SERVICE_NAME_VARIABLE, "gatehouse")  # read for every span after this
    exporter = _sending() if os.environ.get(ENDPOINT_VARIABLE) else _writing()
    processor = BatchSpanProcessor(
        DiscreetExporter(exporter), schedule_delay_millis=_EXPORT_EVERY_MS
    )
    return [processor]


def span(name: str, items: int) -> AbstractContextManager[object]:
    """A span inside a traced request; nothing where the request is not traced.

    Args:
        name: What is done.
        items: Of how many it is done at once.
    """
    if not trace.get_current_span().is_recording():
        return nullcontext()
    tracer = trace.get_tracer("gatehouse")
    return tracer.start_as_current_span(name, attributes={"items": items})


class DiscreetExporter(SpanExporter):
    """Leaves the sentences of errors out of spans: they may name a driver's details.

    Args:
        exporter: Gets the rest.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Passes finished spans on."""
        return self._exporter.export([_without_sentences(one) for one in spans])

    def shutdown(self) -> None:
        """Ends the exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Has the exporter send what it holds."""
        return self._exporter.force_flush(timeout_millis)


class WritingExporter(SpanExporter):
    """Writes spans to a file, a JSON object a line.

    Args:
        path: Of the file; its folder is made.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Adds finished spans to the file."""
        lines = [span.to_json(indent=None) + "\n" for span in spans]
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(lines)
        except OSError as error:
            _log.warning("traces cannot be written to %s: %s", self._path, error)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS


def _without_sentences(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        events=[_without_sentence(event) for event in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _without_sentence(event: Event) -> Event:
    attributes = event.attributes or {}
    kept = {key: value for key, value in attributes.items() if key == _EXCEPTION_TYPE}
    return Event(event.name, kept, event.timestamp)


def _sending() -> SpanExporter:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - extra
            OTLPSpanExporter,
        )
    except ImportError as error:
        raise ConfigurationError(
            f"{ENDPOINT_VARIABLE} is set: install the extra tracing, pip install -e '.[tracing]'"
        ) from error
    return OTLPSpanExporter()


def _writing() -> SpanExporter:
    folder = ROOT / os.environ.get(FOLDER_VARIABLE, _DEFAULT_FOLDER)
    return WritingExporter(folder / f"{os.uname().nodename}-{os.getpid()}.jsonl")
