"""Which static files of the libraries are worth collecting."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class CollectedFilesConfig(StaticFilesConfig):
    # The browsable API is off, htmx is vendored, and the admin reads its libraries minified:
    # compressing what nobody asks for took most of the time.
    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "rest_framework",
        "django_htmx",
        "jquery.js",
        "xregexp.js",
        "select2.full.js",
    ]
