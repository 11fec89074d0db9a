"""The addresses of the site (they are stable: people link to them)."""

from django.contrib import admin
from django.urls import path

from predictions.api import api

from .health import healthz, metrics

urlpatterns = [
    path("v1/", api.urls),
    path("healthz", healthz),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
]
