"""Errors as `application/problem+json` (RFC 9457), in the words of Replicate's API."""

import json
import math
import re
from http import HTTPStatus
from typing import NoReturn

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.deprecation import MiddlewareMixin
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from predictions.inputs import InvalidField, InvalidInput, is_deeper
from predictions.keyring import Undecipherable


class Problem(Exception):
    """An error to answer with: HTTP status, title, one sentence, and more members where useful."""

    def __init__(self, status: int, title: str, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.status = status
        self.document = {"title": title, "detail": detail, "status": status, **more}


def not_found(what: str) -> Problem:
    return Problem(404, "Not found", f"There is no such {what}.")


def invalid(fields: list[InvalidField]) -> Problem:
    """422 with one `- field: description` line a complaint."""
    return Problem(
        422,
        "Input validation failed",
        "".join(f"- {each.field}: {each.description}\n".replace("- : ", "- ") for each in fields),
        invalid_fields=[vars(field) for field in fields],
    )


def invalid_field(type: str, field: str, description: str) -> Problem:
    return invalid([InvalidField(type, field, description)])


def unknown_version() -> Problem:
    return Problem(
        422,
        "Invalid version or not permitted",
        "The specified version does not exist (or perhaps you don't have permission to use it?)",
    )


UNAUTHENTICATED = Problem(401, "Unauthenticated", "You did not pass a valid authentication token")
UNREADABLE = Problem(400, "Bad request", "The request body must be a JSON object.")
UNREADABLE_SECRET = Problem(
    503,
    "Service unavailable",
    "The secret cannot be decrypted: whoever runs this server has to restore its key ring.",
)
# Levels: more than anybody means, less than what validation or storing could not walk.
DEEPEST = 100
TOO_DEEP = Problem(400, "Bad request", f"The JSON is nested deeper than {DEEPEST} levels.")


def throttled(seconds: int) -> Problem:
    return Problem(
        429,
        "Too many requests",
        f"Request was throttled. Your rate limit resets in ~{seconds}s.",
        retry_after=seconds,
    )


def respond(problem: Problem) -> JsonResponse:
    response = JsonResponse(
        problem.document, status=problem.status, content_type="application/problem+json"
    )
    if seconds := problem.document.get("retry_after"):
        response.headers["Retry-After"] = str(seconds)
    return response


def install(api: NinjaAPI) -> None:
    """Have `api` answer every error with a problem document."""

    @api.exception_handler(Problem)
    def on_problem(request: HttpRequest, error: Problem):
        return respond(error)

    @api.exception_handler(AuthenticationError)
    def on_no_token(request: HttpRequest, error: AuthenticationError):
        return respond(UNAUTHENTICATED)

    @api.exception_handler(InvalidInput)
    def on_invalid_input(request: HttpRequest, error: InvalidInput):
        return respond(invalid(error.fields))

    @api.exception_handler(Undecipherable)
    def on_lost_key(request: HttpRequest, error: Undecipherable):
        return respond(UNREADABLE_SECRET)

    @api.exception_handler(ValidationError)
    def on_invalid_request(request: HttpRequest, error: ValidationError):
        if any(each["loc"][0] == "body" and len(each["loc"]) < 3 for each in error.errors):
            return respond(UNREADABLE)  # no body at all
        return respond(invalid([_complaint(each) for each in error.errors]))

    @api.exception_handler(HttpError)
    def on_unreadable_body(request: HttpRequest, error: HttpError):
        return respond(TOO_DEEP if isinstance(error.__cause__, RecursionError) else UNREADABLE)


class ProblemMiddleware(MiddlewareMixin):
    """Other errors under /v1 (no such path, wrong method, a crash) in the same form."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        is_ours = response.headers.get("Content-Type", "").startswith("application/problem+json")
        if response.status_code < 400 or is_ours or not request.path.startswith("/v1/"):
            return response
        status = HTTPStatus(response.status_code)
        problem = respond(Problem(status.value, status.phrase, f"{status.description}."))
        if allowed := response.headers.get("Allow"):
            problem.headers["Allow"] = allowed
        return problem


class JSONObject(Parser):
    """The body as a JSON object, whatever its Content-Type: the post's curl example sends none."""

    def parse_body(self, request: HttpRequest) -> dict:
        body = json.loads(request.body, parse_constant=_refuse, parse_float=_finite)
        if not isinstance(body, dict):
            raise TypeError("not an object")
        check_depth(body)
        return body


def check_depth(body: dict) -> None:
    """Raise RecursionError where that is nested deeper than DEEPEST levels."""
    if is_deeper(body, DEEPEST):
        raise RecursionError("nested too deeply")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    """JSON has no limits, but 1e400 would be infinite, which no JSON can tell."""
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


# pydantic's types of error to those that Replicate's API tells.
TYPES = {
    "greater_than_equal": "number_gte",
    "less_than_equal": "number_lte",
    "literal_error": "enum",
    "string_pattern_mismatch": "pattern",
    "string_too_long": "string_lte",
    "value_error": "format",
}


def _complaint(error: dict) -> InvalidField:
    """pydantic's error in the words of Replicate's API; loc is ("body", <parameter>, <key>, …) or
    ("query", <parameter>, …)."""
    start = 2 if error["loc"][0] == "body" else 1
    path = [str(part) for part in error["loc"][start:]]
    match error["type"]:
        case "missing":
            return InvalidField("required", ".".join(path[:-1]), f"{path[-1]} is required")
        case "extra_forbidden":
            return InvalidField(
                "additional_property_not_allowed",
                ".".join(path[:-1]),
                f"Additional property {path[-1]} is not allowed",
            )
    type = TYPES.get(error["type"], "invalid_type")
    return InvalidField(type, ".".join(path), _sentence(error, path[-1]))


def _sentence(error: dict, name: str) -> str:
    if error["type"] == "literal_error":
        choices = error["ctx"]["expected"].replace(" or ", ", ").replace("'", '"')
        return f"{name} must be one of the following: {choices}"
    said = error["msg"].removeprefix("Value error, ")
    return re.sub("^(Input|String) should", "Must", said).replace("dictionary", "object")
