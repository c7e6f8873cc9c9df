"""Threads of Agent Servers in the queue: what waits there is found, what is answered is sent."""
