"""The settings tree and the Serve YAML files that fill it."""
