"""The contract every upstream keeps: bytes in, text out.

An upstream is a class with a `kind`; `run` yields what the model says and returns only after it
has seen the protocol's own end marker. Whatever else happens is an UpstreamError.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

DETAIL_BYTES = 4096  # how much of what a server said is kept for the operator


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


class Unreadable(UpstreamError):
    """The server answered with something else than its protocol; `is_page`: with a web page."""

    def __init__(self, detail: str = "", *, is_page: bool = False) -> None:
        self.is_page = is_page or detail.lstrip()[:1] == "<"
        what = "a web page" if self.is_page else "something that cannot be understood"
        super().__init__(f"The model's server answered with {what}.", detail=detail)


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """The upstream has not begun yet, for a reason that a visitor may read ("The model is
    starting."). The clock of the first word starts anew."""

    reason: str


Piece = Output | Logs | Usage | Waiting


@dataclass(frozen=True)
class FoundModel:
    """A version of a model that an upstream offers: its name there, and the schema of its input
    and output.

    `owner` and `model` say what to list it as (by default the upstream's name and `name`),
    `version_id` (64 hex) and `created_at` are the upstream's own where it has versions itself.
    """

    name: str
    openapi_schema: dict
    description: str = ""
    prompt_template: str = ""
    owner: str = ""
    model: str = ""
    version_id: str = ""
    created_at: datetime | None = None


@dataclass
class Upstream(ABC):
    """One configured upstream. Instances are cheap, made for each run and hold nothing open.

    `headers` are the operator's, sent with each request.
    """

    base_url: str
    key: str = field(default="", repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)

    kind: ClassVar[str]
    default_url: ClassVar[str] = ""

    @abstractmethod
    def run(self, model: str, input: dict, *, prediction_id: str) -> AsyncGenerator[Piece]:
        """Run `model` (its name at the upstream) on `input` (already validated).

        Closing the generator stops the run at the upstream, within a second. The caller keeps the
        deadlines. Raises UpstreamError.
        """

    @abstractmethod
    async def models(self) -> list[FoundModel]:
        """The models it offers. Raises UpstreamError with a sentence for the operator."""

    async def model_named(self, name: str) -> list[FoundModel]:
        """The versions of a model that an operator names by hand, as the upstream may not list
        it. Raises UpstreamError."""
        raise UpstreamError(f"A {self.kind} upstream finds its models itself: name none.")

    def url(self, path: str) -> str:
        return f"{self.base_url.rstrip('/')}/{path}"

    def sent_headers(self) -> dict[str, str]:
        """What goes with each request: the key as this kind sends it, and the operator's headers,
        which win. Raises UpstreamError where one cannot be sent."""
        own = {name.lower() for name in self.headers}
        keyed = self.key_headers(self.key.strip()) if self.key.strip() else {}
        sent = {name: value for name, value in keyed.items() if name.lower() not in own}
        sent |= self.headers
        for name, value in sent.items():
            if not (value.isascii() and value.isprintable()):
                what = "key" if name in keyed else f"header {name}"
                raise UpstreamError(f"The {what} of the model's server cannot be used.")
        return sent

    def key_headers(self, key: str) -> dict[str, str]:
        """How a request carries the key."""
        return {"Authorization": f"Bearer {key}"}
