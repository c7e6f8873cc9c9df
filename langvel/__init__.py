"""langvel: a short way to write LangGraph agents that wait for people."""

import os

# LangGraph reads this once, at import. Without it, reading a checkpoint imports and calls
# whatever the checkpoint names; so it is set here, before any module of ours imports LangGraph.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

__version__ = "0.1.0"
