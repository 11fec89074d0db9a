"""Schemas in the form Cog writes them (OpenAPI 3.0), for upstreams that have none of their own."""

STREAMING_TEXT = {
    "type": "array",
    "items": {"type": "string"},
    "title": "Output",
    "x-cog-array-type": "iterator",
    "x-cog-array-display": "concatenate",
}


def streaming_schema(properties: dict, required: tuple[str, ...] = ()) -> dict:
    """The `openapi_schema` of a version that streams text; `properties` are its inputs in order."""
    ordered = {name: {**prop, "x-order": i} for i, (name, prop) in enumerate(properties.items())}
    schema = {"type": "object", "title": "Input", "properties": ordered}
    if required:
        schema["required"] = list(required)
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "components": {"schemas": {"Input": schema, "Output": STREAMING_TEXT}},
    }
