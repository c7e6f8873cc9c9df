"""What can go wrong with the embedded server; every message names the way out."""


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be used."""


class NoBinaries(EmbeddedPostgresError):
    """No PostgreSQL binaries were found on this machine."""


class FolderNotUsable(EmbeddedPostgresError):
    """The data folder cannot hold a server."""


class SocketPathTooLong(EmbeddedPostgresError):
    """The kernel takes no socket address as long as this folder would need."""


class ServerDidNotStart(EmbeddedPostgresError):
    """The server was started and never answered."""
