"""Addresses: health, media, the shops' calls, and the admin at the root."""

from django.contrib import admin
from django.urls import include, path

from backoffice.health import healthz, readyz
from backoffice.media import media
from backoffice.metrics import metrics
from backoffice.second_factor import ask, setup
from inventory.views import picture

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("media/<path:path>", media, name="media"),
    path("pictures/<slug:checksum>/<str:name>", picture, name="picture"),
    path("second-factor/", ask, name="second-factor"),
    path("second-factor/setup/", setup, name="second-factor-setup"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("shops.urls")),
    path("", admin.site.urls),
]
