"""The API key, kept where nothing prints it.

The key lives in a :class:`Secret`, whose repr, str and pickle say nothing; it is revealed in one place, where
the transport fills the header. The rate budget knows a key by its digest only.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from typing import NoReturn

from softrorm.client.errors import ConfigurationError

KEY_VARIABLE = "SOFTR_API_KEY"
HIDDEN = "***"
SHORT, LONG = 4, 8
"""Characters from which on a key is blotted out as a word, and wherever it stands."""


class Secret:
    """A text that shows itself to nobody but the caller of :meth:`reveal`."""

    __slots__ = ("__text", "digest")

    def __init__(self, text: str) -> None:
        self.__text = text
        self.digest = hashlib.sha256(text.encode()).hexdigest()

    def reveal(self) -> str:
        """The text itself."""
        return self.__text

    def hide(self, text: str) -> str:
        """``text`` with the secret blotted out, should a server or a library have repeated it.

        A key of a few letters, which no account has but a sandbox takes, is blotted out where it stands by itself, and
        one that is shorter still nowhere: it guards nothing, and with it would go half of what the text says.
        """
        if len(self.__text) >= LONG:
            return text.replace(self.__text, HIDDEN)
        if len(self.__text) < SHORT:
            return text
        return re.sub(rf"(?<!\w){re.escape(self.__text)}(?!\w)", HIDDEN, text)

    def __repr__(self) -> str:
        return "Secret('***')"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("an API key is never pickled or copied; make a new Client where it is needed")


class Credentials:
    """Where the key comes from: a text, or a callable that is asked before every request.

    Args:
        key: The key, or a callable that returns it (for keys that rotate or stand in a vault).

    Raises:
        ConfigurationError: The key is empty, or no header can hold it.
    """

    def __init__(self, key: str | Callable[[], str]) -> None:
        self._ask = key if callable(key) else None
        self._secret = None if callable(key) else _checked(key)

    def current(self) -> Secret:
        """The key as of now."""
        if self._ask is not None:
            secret = _checked(self._ask())
            # One object per key, so that the rate budget finds its throttle by identity.
            if self._secret is None or self._secret.digest != secret.digest:
                self._secret = secret
            return self._secret
        assert self._secret is not None  # noqa: S101 - set by __init__ whenever there is nobody to ask
        return self._secret

    @classmethod
    def find(cls, key: str | Callable[[], str] | None, *, fallback: str | None = None) -> Credentials:
        """The credentials of a client: what was given, else ``fallback``, else ``SOFTR_API_KEY``.

        Raises:
            ConfigurationError: There is no key anywhere.
        """
        key = key if key is not None else fallback or os.environ.get(KEY_VARIABLE) or None
        if key is None:
            raise ConfigurationError(
                f"there is no API key: set {KEY_VARIABLE}, or give api_key= to Client() or configure()"
                " (a key is made in Softr under Settings > API; the address 'sandbox:' needs none)"
            )
        return cls(key)


def _checked(key: object) -> Secret:
    fault = _fault(key)
    if isinstance(key, str) and not fault:
        return Secret(key.strip())
    del key  # some tools show the variables of a traceback
    raise ConfigurationError(fault)


def _fault(key: object) -> str:
    """What is wrong with a key. It tells the type and never the text: with a stray character it is still a key."""
    if not isinstance(key, str):
        return f"the API key must be a str, or a callable that returns one; got {type(key).__name__}"
    key = key.strip()
    if not key:
        return f"the API key is empty: set {KEY_VARIABLE}, or give api_key= the text of the key"
    if not (key.isascii() and key.isprintable()):
        return (
            "the API key holds characters that a header cannot carry (a line break, or a non-ASCII letter);"
            " it should be the text that Softr shows, and nothing around it"
        )
    return ""
