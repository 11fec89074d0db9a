"""How a Cog server is: what its health check says, and what that means for a run."""

from dataclasses import dataclass

from . import http
from .base import UpstreamError

SETUP_LINES = 20
WORKER_IS_GONE = "channel closed"  # else the predictor's own healthcheck() complains


class Busy(UpstreamError):
    """The server has not taken the run on, but will: it is starting, or has no free slot."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message, retryable=True, detail=detail)


@dataclass(frozen=True)
class Health:
    """`status` is STARTING, READY, BUSY, SETUP_FAILED, DEFUNCT, UNHEALTHY or "" for none of them.

    `started_at` is when its setup began: it changes when another process answers in its place.
    `logs` are the setup's. `complaint` is why it is UNHEALTHY.
    """

    status: str
    started_at: str | None
    logs: str
    complaint: str

    @property
    def is_dead(self) -> bool:
        """Whether only a new start can help: its setup failed, or its worker crashed."""
        has_crashed = self.status == "UNHEALTHY" and WORKER_IS_GONE in self.complaint
        return has_crashed or self.status in {"DEFUNCT", "SETUP_FAILED"}

    def refusal(self) -> UpstreamError:
        """Why a server that is like this does not take a run on. Its HTTP status does not tell: a
        worker that has crashed is as "busy" as one that works."""
        match self.status:
            case "STARTING":
                return Busy("The model is still starting.")
            case "READY" | "BUSY":
                return Busy("The model is busy with another prediction.")
            case "SETUP_FAILED":
                return UpstreamError("The model could not be started.", detail=self._detail())
        return UpstreamError(
            "The model has stopped working.", retryable=True, detail=self._detail()
        )

    def setup_lines(self) -> list[str]:
        """The last lines of its setup, without what Cog says of itself."""
        lines = [line for line in self.logs.splitlines() if line.strip()]
        return [line for line in lines if not line.startswith("[coglet]")][-SETUP_LINES:]

    def _detail(self) -> str:
        lines = [f"The Cog server is {self.status}.", self.complaint]
        return "\n".join(filter(None, lines if self.complaint else [*lines, *self.setup_lines()]))


async def ask_health(server: str) -> Health:
    """The health of the server at that URL. Raises UpstreamError."""
    found = await http.fetch_json("GET", f"{server}/health-check")
    facts = found if isinstance(found, dict) else {}
    setup = facts.get("setup") if isinstance(facts.get("setup"), dict) else {}
    return Health(
        status=str(facts.get("status") or ""),
        started_at=setup.get("started_at"),
        logs=str(setup.get("logs") or ""),
        complaint=str(facts.get("user_healthcheck_error") or ""),
    )
