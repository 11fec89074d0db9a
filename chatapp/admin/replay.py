"""An answer played again at the speed at which it was written."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_GET

from chatapp.desk import replay, runs
from chatapp.desk.replay import Replay
from chatapp.desk.runs import Run
from chatapp.models import AuditEntry

from .pages import VIEW, context, desk_page

WIDTH, HEIGHT = 1200, 100  # of the picture
SPEEDS = [("0.5", "½"), ("1", "1"), ("2", "2"), ("8", "8")]


@desk_page(VIEW)
@require_GET
def desk_replay(request: HttpRequest, prediction_id: str) -> HttpResponse:
    """The picture and the figures; the words come apart from them, see `desk_replay_log`."""
    run = _run(prediction_id)
    found = _replay(run)
    if found and not settings.CHAT_HIDE_CONTENTS:
        run.record(request.user, AuditEntry.Verb.REPLAYED)
    told = context(
        request,
        "Replay",
        "chatapp_transcript_changelist",
        run=run,
        replay=found,
        picture=found and Picture(found),
        figures=found and _figures(run, found),
        ending=_ending(run),
        speeds=SPEEDS,
        why_not=None if found else _why_not(run),
    )
    return TemplateResponse(request, "admin/desk/replay.html", told)


@desk_page(VIEW)
@require_GET
def desk_replay_log(request: HttpRequest, prediction_id: str) -> HttpResponse:
    """The words and their times, as arrays: `at` has the milliseconds since the piece before."""
    run = _run(prediction_id)
    if settings.CHAT_HIDE_CONTENTS:
        return HttpResponseForbidden()
    found = _replay(run)
    if found is None:
        raise Http404("Its log is not there.")
    run.record(request.user, AuditEntry.Verb.REPLAYED, again=False)
    told = {
        "wait": found.wait,
        "end": found.end,
        "status": found.status,
        "sentence": _ending(run),
        "stalls": found.stalls,
        "prefix": run.prefix,
        "words": _told(found.words),
        "thoughts": _told(found.thoughts),
        "html": "" if run.is_running else run.html,
    }
    return JsonResponse(told, headers={"Cache-Control": "no-store"})


def _told(track: replay.Track) -> dict:
    times = [0, *track.at]
    return {"at": [at - times[n] for n, at in enumerate(track.at)], "text": track.text}


def _run(prediction_id: str) -> Run:
    run = runs.find(prediction_id)
    if run is None:
        raise Http404("There is no such prediction, or it was deleted.")
    return run


def _replay(run: Run) -> Replay | None:
    return None if run.is_redacted else replay.of(run.prediction)


def _why_not(run: Run) -> str:
    if run.is_redacted:
        return "This message was redacted: there is nothing to play."
    if run.prediction.data_removed:
        return "Its log is not there any more: the data was removed when its time was over."
    if run.is_running:
        return "Nothing has come yet. Play it when it has ended, or watch it live."
    return "There is no log of it: it ended before anything ran, or its log was removed."


def _figures(run: Run, replay: Replay) -> list[tuple[str, str]]:
    """(what, how much): what the picture tells."""
    stalls = [end - start for start, end in replay.stalls]
    told = {
        "In line": _seconds(replay.wait),
        "First word": "none" if replay.first is None else f"after {_seconds(replay.first)}",
        "Words": f"{replay.word_count:,}",
        "Speed": f"{replay.speed:.1f} words/s" if replay.speed else "",
        "Stalls": f"{len(stalls)}, the longest {_seconds(max(stalls))}" if stalls else "none",
        "So far" if run.is_running else "Ended": f"after {_seconds(replay.end)}",
    }
    return [(what, how_much) for what, how_much in told.items() if how_much]


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f} s"


def _ending(run: Run) -> str:
    """How it ended, in a sentence."""
    match run.status:
        case "succeeded":
            return "Done."
        case "canceled":
            return "Stopped."
        case "starting" | "processing":
            return "It is still being written; this is what there was."
    return "Failed." if settings.CHAT_HIDE_CONTENTS else run.error


class Picture:
    """Words a second over the time, as an SVG: a bar is (x, y, width, height)."""

    width, height = WIDTH, HEIGHT

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._speeds = replay.speeds
        self.peak = max(self._speeds)

    @property
    def bars(self) -> list[tuple]:
        step = WIDTH / len(self._speeds)
        tops = [round(HEIGHT * 0.92 * speed / (self.peak or 1), 1) for speed in self._speeds]
        return [
            (round(n * step + 1, 1), round(HEIGHT - top, 1), round(step - 2, 1), top)
            for n, top in enumerate(tops)
            if top
        ]

    @property
    def line_end(self) -> float:
        """Until where it waited in line."""
        return self._x(self._replay.wait)

    @property
    def wait_end(self) -> float:
        """Until where it waited for the first word."""
        first = self._replay.first
        return self._x(self._replay.end if first is None else first)

    @property
    def stalls(self) -> list[dict]:
        return [
            {
                "x": self._x(start),
                "width": round(self._x(end) - self._x(start), 1),
                "start": start,
                "at": _seconds(start),
                "time": _seconds(end - start),
            }
            for start, end in self._replay.stalls
        ]

    @property
    def end(self) -> str:
        return _seconds(self._replay.end)

    def _x(self, at: int) -> float:
        return round(WIDTH * at / max(self._replay.end, 1), 1)


urls = [
    path("replay/<str:prediction_id>/", desk_replay, name="desk_replay"),
    path("replay/<str:prediction_id>/log.json", desk_replay_log, name="desk_replay_log"),
]
