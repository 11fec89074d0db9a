"""Django's sessions, whose cookie is not lost to a request that crosses a login."""

from django.conf import settings
from django.contrib.sessions import middleware
from django.http import HttpRequest, HttpResponse


class SessionMiddleware(middleware.SessionMiddleware):
    """Django takes back the cookie of a session that is not there. But a page in another tab may
    have asked with the old cookie while a login put a new session in its place: its answer would
    take back the new cookie. Only a POST, as a logout is, may."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and not cookie.value and request.method in {"GET", "HEAD"}:
            del response.cookies[settings.SESSION_COOKIE_NAME]
        return response
