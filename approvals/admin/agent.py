from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from approvals.admin.readonly import ReadOnlyAdmin, pretty
from approvals.models import Agent


@admin.register(Agent)
class AgentAdmin(ReadOnlyAdmin):
    list_display = ("key", "title", "version", "last_seen")
    search_fields = ("key", "title")
    fields = ("key", "title", "description", "version", "last_seen", "inputs", "graph")
    readonly_fields = fields

    @admin.display(description=_("Input schema"))
    def inputs(self, agent: Agent) -> SafeString:
        return pretty(agent.input_schema)

    @admin.display(description=_("Graph"))
    def graph(self, agent: Agent) -> SafeString:
        return pretty(agent.drawing)
