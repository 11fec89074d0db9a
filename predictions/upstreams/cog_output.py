"""What Cog's two ways of answering share: output items as text, and how a run ended."""

import json
from collections.abc import Iterator

from . import any_json
from .base import Interrupted, Output, UpstreamError, Usage

ENDED = {"succeeded", "failed", "canceled"}


def as_text(item: object) -> str:
    """One item of the output: text as it is, anything else as JSON."""
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)


def items(prediction: dict) -> list[str]:
    """The output of a prediction so far, as pieces of text."""
    output = prediction.get("output")
    if output is None:
        return []
    return [as_text(item) for item in output] if isinstance(output, list) else [as_text(output)]


def ending(prediction: dict, seen: int) -> Iterator[Output | Usage]:
    """The last words of a prediction that has ended, of which `seen` items are known already.

    Raises UpstreamError where it did not succeed.
    """
    for text in items(prediction)[seen:]:
        yield Output(text)
    if usage := _usage(any_json.object_of(prediction, "metrics")):
        yield usage
    match prediction.get("status"):
        case "succeeded":
            return
        case "failed" if str(prediction.get("error")).startswith("Worker crashed"):
            raise Interrupted("The Cog server's worker ended while it was running.")
        case "failed":
            raise UpstreamError(
                "The model failed while it was running.", detail=str(prediction.get("error"))[:4096]
            )
        case "canceled":
            raise UpstreamError("The prediction was canceled at the model's server.")
    raise Interrupted(f"Ended with status {prediction.get('status')!r}.")


def _usage(metrics: dict) -> Usage | None:
    """Token counts under the names that Replicate gives them, where a predictor records them."""
    counts = metrics.get("input_token_count"), metrics.get("output_token_count")
    return Usage(*counts) if any(isinstance(count, int) for count in counts) else None
