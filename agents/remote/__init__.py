"""Graphs that run elsewhere: in a deployment of LangGraph's Agent Server, reached over HTTP."""
