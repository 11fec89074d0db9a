"""The OpenAPI document, with what the routes do not say by themselves: the problem documents, and
the event stream, which is not Django's."""

from django.conf import settings
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

DESCRIPTION = """\
Predictions over any language model, in the contract of Replicate's HTTP API: its official clients
work with only the address changed. Create a prediction, open its `urls.stream`, hear the words.

Send `Authorization: Bearer <token>`. Every error is a problem document (RFC 9457) whose `detail`
says what happened and what to do:

| status | when |
|---|---|
| 400 | the body or the cursor cannot be read |
| 401, 403 | no valid token; a token that may not do this |
| 404 | no such thing, or not yours |
| 409 | the name is taken, or the Idempotency-Key was used for another request |
| 413, 415 | the body is too large, or compressed |
| 422 | understood and not valid: `invalid_fields` says where |
| 429 | too many requests: come back after `Retry-After` seconds |
"""
PROBLEM = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "detail": {"type": "string", "description": "What happened, and what to do."},
        "status": {"type": "integer"},
        "retry_after": {"type": "integer", "description": "Seconds, with 429."},
        "invalid_fields": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    name: {"type": "string"} for name in ("type", "field", "description")
                },
                "required": ["type", "field", "description"],
            },
        },
    },
    "required": ["detail", "status"],
}
PROBLEMS = {
    "4XX": {"$ref": "#/components/responses/Problem"},
    "5XX": {"$ref": "#/components/responses/Problem"},
}
STREAM = {
    "get": {
        "operationId": "open_event_stream",
        "summary": "Open Event Stream",
        "description": "`output`, `logs`, `error` and `done` events, each with an id, from the "
        "start or after `Last-Event-ID`; then the server closes. The URL is `urls.stream` of a "
        "prediction: whoever has it may listen, so it takes no token.",
        "tags": ["Predictions"],
        "security": [],
        "parameters": [
            {"in": "path", "name": "key", "required": True, "schema": {"type": "string"}},
            {
                "in": "header",
                "name": "Last-Event-ID",
                "schema": {"type": "string"},
                "description": "Like `1692041342:0`, the id of the last event that was heard.",
            },
            {"in": "query", "name": "last_event_id", "schema": {"type": "string"}},
        ],
        "responses": {
            "200": {
                "description": "The events, as they come",
                "content": {"text/event-stream": {}},
            },
            "204": {"description": "There is nothing more to hear"},
            **PROBLEMS,
        },
    }
}


class DocumentedAPI(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: object) -> OpenAPISchema:
        document = super().get_openapi_schema(**options)
        for methods in document["paths"].values():
            for operation in methods.values():
                operation["responses"] |= PROBLEMS
        document["paths"]["/v1/streams/{key}"] = STREAM
        document["components"]["schemas"]["Problem"] = PROBLEM
        document["components"]["responses"] = {
            "Problem": {
                "description": "A problem document",
                "content": {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            }
        }
        document["servers"] = [{"url": settings.PUBLIC_URL or "/"}]
        return document
