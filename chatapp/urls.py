"""The addresses of the site (DESIGN: they are stable; people link to them)."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
