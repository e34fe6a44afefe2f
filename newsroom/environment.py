"""The environment as settings read it: what is set to nothing is not set, and what cannot be read is told in a sentence."""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

_KINDS = {int: "a whole number", float: "a number", bool: "1 or 0"}


class Environment(environ.Env):
    """Each value by a typed reader of django-environ. Raises ImproperlyConfigured with one sentence.

    The sentence repeats a value only where it is a number or a switch: an address may hold a password.
    """

    @classmethod
    def read(cls, file):
        """Return the environment, with what stands in `file` (if it is there) for what is not set."""
        if Path(file).exists():
            cls.read_env(file)
        cls.ENVIRON = {name: value for name, value in os.environ.items() if value.strip()}
        return cls()

    def get_value(self, var, cast=None, default=environ.Env.NOTSET, parse_default=False):
        try:
            return super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except ValueError:
            kind = _KINDS.get(cast, "something else")
            raise ImproperlyConfigured(f"{var} is “{self.ENVIRON[var]}”: it must be {kind}.") from None

    def bool(self, var, default=environ.Env.NOTSET):
        said = self.ENVIRON.get(var, "").strip().lower()
        if said and said not in (*self.BOOLEAN_TRUE_STRINGS, "0", "false", "off", "no", "n", "f"):
            raise ImproperlyConfigured(f"{var} is “{said}”: it must be {_KINDS[bool]}.")
        return super().bool(var, default=default)

    def address(self, var, *, schemes, example, default=""):
        """Return the URL that is set, of one of `schemes`."""
        said = self.str(var, default=default)
        if said and said.partition("://")[0] not in schemes:
            raise ImproperlyConfigured(f"{var} cannot be read: it must be like “{example}”.")
        return said

    def db(self, var, default=environ.Env.NOTSET, engine=None):
        schemes = ("sqlite", "postgres", "postgresql")
        example = "sqlite:///path” or “postgres://user:password@host:5432/name"
        said = self.address(var, schemes=schemes, example=example, default=default)
        try:
            found = self.db_url_config(said, engine=engine)
        except ValueError:
            raise ImproperlyConfigured(f"{var} cannot be read: it must be like “{example}”.") from None
        if not found.get("NAME"):
            raise ImproperlyConfigured(f"{var} names no database: it must be like “{example}”.")
        return found

    def email_url(self, var, default=environ.Env.NOTSET, backend=None):
        schemes = (*self.EMAIL_SCHEMES,)
        example = "smtp+tls://user:password@host:587"
        said = self.address(var, schemes=schemes, example=example, default=default)
        try:
            return self.email_url_config(said, backend=backend)
        except ValueError:
            raise ImproperlyConfigured(f"{var} cannot be read: it must be like “{example}”.") from None
