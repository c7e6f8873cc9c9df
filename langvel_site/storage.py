"""How static files are kept for serving: under hashed names, ours compressed."""

from collections.abc import Iterable, Iterator

from whitenoise.storage import CompressedManifestStaticFilesStorage


class SiteFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Leaves the admin's files as they are: few people load them, once, and compressing them took
    four fifths of the time."""

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        yield from super().compress_files([p for p in paths if not p.startswith("admin/")])
