from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from approvals.models.fields import OrderedJSONField


class Agent(models.Model):
    """What a worker published of a registered graph; the web process knows agents from here."""

    key = models.CharField(max_length=100, primary_key=True)
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
