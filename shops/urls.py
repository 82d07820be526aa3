"""Addresses that shops and other systems call without a login."""

from django.urls import path

from shops.calls import call
from shops.feeds import feed

app_name = "shops"

urlpatterns = [
    path("calls/<slug:token>", call, name="call"),
    path("feeds/<int:feed_id>/<slug:token>/<str:name>", feed, name="feed"),
]
