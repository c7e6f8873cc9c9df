from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from approvals.models.fields import OrderedJSONField


class Agent(models.Model):
    """Who asks people: a graph that a worker published, or programs that ask by the API.

    The web process knows agents from here. Those that ask by the API start themselves.
    """

    class Kind(models.TextChoices):
        GRAPH = "graph"
        REQUEST = "request"
        REMOTE = "remote"

    key = models.CharField(max_length=100, primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.GRAPH, db_default=Kind.GRAPH)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    version = models.CharField(max_length=100)
    input_schema = OrderedJSONField(default=dict)
    drawing = OrderedJSONField(default=dict)
    last_seen = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_startable(self) -> bool:
        return self.kind != self.Kind.REQUEST
