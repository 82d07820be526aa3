"""Addresses: health, media, the shops' calls, and the admin at the root."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from backoffice.health import healthz, readyz
from backoffice.media import media
from inventory.views import picture

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("media/<path:path>", media, name="media"),
    path("pictures/<str:checksum>/<str:name>", picture, name="picture"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", admin.site.urls),
]
if find_spec("shops.urls"):
    urlpatterns.insert(-1, path("", include("shops.urls")))
