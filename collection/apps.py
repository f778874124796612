"""The app of the public side."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    name = "collection"
