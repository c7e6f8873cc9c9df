"""The wiring of a Langvel Approvals site: settings, URLs, servers."""
