"""The verbs: each a plain function in one transaction. Pages, API, commands and jobs call these."""
