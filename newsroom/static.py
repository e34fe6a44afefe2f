"""Static files as production serves them."""

import re

from django.core.files.base import ContentFile
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORT = re.compile(r'^@import url\("([\w-]+\.css)"\);$', re.MULTILINE)
_COMMENT, _SPACES = re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"\s*\n\s*")


POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class StaticFiles(WhiteNoiseMiddleware):
    """Files with the headers that a file needs.

    What a page may load and do is said by the page: of a file, that it does nothing if somebody opens it by itself. On a
    page with seven scripts, that of pages would weigh half as much as they do.
    """

    @staticmethod
    def serve(static_file, request):
        response = WhiteNoiseMiddleware.serve(static_file, request)
        response.headers["Content-Security-Policy"] = POLICY
        response._permissions_policy_override = ""
        del response.headers["Last-Modified"]  # the ETag is made of it, and of the size
        return response


class OneStylesheetStorage(CompressedManifestStaticFilesStorage):
    """Hashed names and compressed files, and the stylesheets that `site.css` imports written into it.

    A browser would ask for an imported file only after it has read the one that imports it. Each file wraps itself in
    its layer, so that putting them one after another says the same.
    """

    entry = "css/site.css"

    def post_process(self, paths, dry_run=False, **options):
        if not dry_run and self.entry in paths:
            # from where they come: what was collected before has the former imports written into it
            whole = _IMPORT.sub(lambda found: _text(*paths[f"css/{found[1]}"]), _text(*paths[self.entry]))
            self.delete(self.entry)
            self._save(self.entry, ContentFile(light(whole).encode()))
            paths = paths | {self.entry: (self, self.entry)}
        yield from super().post_process(paths, dry_run=dry_run, **options)


def light(styles):
    """Return `styles` without what is there for whoever reads the source. No string of ours has the signs of a comment."""
    return _SPACES.sub("\n", _COMMENT.sub("", styles)).strip()


def _text(storage, path):
    with storage.open(path) as file:
        return file.read().decode()
