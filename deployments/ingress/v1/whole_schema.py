"""Schemas of bodies that are read by hand, for the OpenAPI document."""

from typing import Any

from pydantic import BaseModel


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a body that is read by hand, whole: it has no place to refer to."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def whole(node: Any) -> Any:
        if isinstance(node, list):
            return [whole(one) for one in node]
        if not isinstance(node, dict):
            return node
        named = parts.get(str(node.get("$ref", "")).removeprefix("#/$defs/"))
        beside = {key: whole(value) for key, value in node.items() if key != "$ref"}
        return beside if named is None else whole(named) | beside

    inlined: dict[str, Any] = whole(schema)
    return inlined
