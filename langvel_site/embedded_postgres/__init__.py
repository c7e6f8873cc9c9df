"""A PostgreSQL of our own for machines that have none.

Every process that uses a folder shares one server; it is gone with the last of them, however
they end. The server listens on a Unix socket that only its owner may open, never on a port.
"""

from langvel_site.embedded_postgres.errors import (
    EmbeddedPostgresError,
    FolderNotUsable,
    NoBinaries,
    ServerDidNotStart,
    SocketPathTooLong,
)
from langvel_site.embedded_postgres.server import EmbeddedPostgres

__all__ = [
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "FolderNotUsable",
    "NoBinaries",
    "ServerDidNotStart",
    "SocketPathTooLong",
]
