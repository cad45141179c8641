"""One file a model, each with a fake that passes the same contract tests."""

import os

# ONNX Runtime reports its use over the network unless this is set before its first import.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
