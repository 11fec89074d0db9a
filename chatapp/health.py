"""How the process does: alive (for load balancers), and in figures (for operators)."""

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden

from predictions import worker
from predictions.api.auth import token_owner
from predictions.events.tape import tapes

METRICS = """\
# TYPE rivulet_readers gauge
rivulet_readers {readers}
# TYPE rivulet_runs gauge
rivulet_runs {runs}
"""


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def metrics(request: HttpRequest) -> HttpResponse:
    """Open event streams and running predictions of this process, in Prometheus' text format.

    For staff, by session or API token.
    """
    user = token_owner(request) or request.user
    if not user.is_staff:
        return HttpResponseForbidden("Metrics are for staff: log in, or send an API token.\n")
    figures = METRICS.format(readers=tapes.readers, runs=worker.runs_here())
    return HttpResponse(figures, content_type="text/plain; version=0.0.4")
