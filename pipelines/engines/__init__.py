"""One file a model, each with a fake that passes the same contract tests."""
