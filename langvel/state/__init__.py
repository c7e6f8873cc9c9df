"""The data an agent carries from step to step."""
