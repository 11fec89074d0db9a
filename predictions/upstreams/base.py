"""The contract every upstream keeps: bytes in, text out.

An upstream is a class with a `kind`; `run` yields what the model says and returns only after it
has seen the protocol's own end marker. Whatever else happens is an UpstreamError.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import ClassVar


class UpstreamError(Exception):
    """The upstream failed. `message` is one sentence that a visitor may read.

    `retryable`: whether the same request may succeed later (429, 5xx, no connection).
    `retry_after`: seconds the upstream asked us to wait, where it did.
    `detail`: what the operator should see in the log; never shown to a visitor.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable
        self.retry_after = retry_after
        self.detail = detail


class Interrupted(UpstreamError):
    """The words stopped before the model said that it was done."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("The answer was cut off before its end.", retryable=True, detail=detail)


@dataclass(frozen=True, slots=True)
class Output:
    """A piece of the answer, as it came."""

    text: str


@dataclass(frozen=True, slots=True)
class Logs:
    """What the model prints or thinks beside its answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts, where the upstream tells."""

    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True)
class FoundModel:
    """A model that an upstream offers: its name there, and the schema of its input and output."""

    name: str
    openapi_schema: dict
    description: str = ""
    prompt_template: str = ""


@dataclass
class Upstream(ABC):
    """One configured upstream. Instances are cheap, made for each run and hold nothing open."""

    base_url: str = ""
    key: str = field(default="", repr=False)

    kind: ClassVar[str]

    @abstractmethod
    def run(
        self, model: str, input: dict, *, prediction_id: str
    ) -> AsyncGenerator[Output | Logs | Usage]:
        """Run `model` (its name at the upstream) on `input` (already validated).

        Closing the generator stops the run at the upstream, within a second. The caller keeps the
        deadlines. Raises UpstreamError.
        """

    @abstractmethod
    async def models(self) -> list[FoundModel]:
        """The models it offers. Raises UpstreamError with a sentence for the operator."""

    def model_named(self, name: str) -> FoundModel:
        """A model that an operator names by hand, where the upstream cannot list its models."""
        raise UpstreamError(f"A {self.kind} upstream finds its models itself: name none.")
