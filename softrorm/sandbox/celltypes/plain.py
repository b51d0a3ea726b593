"""Text, numbers and the checkbox: types whose stored value is what the API shows."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar

from softrorm.sandbox.celltypes.base import CellType, Refused, Scene, display, expect
from softrorm.sandbox.problems import brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.sandbox.model import Field, Row

UNSET = -2147483648
"""Integer.MIN_VALUE, which an untouched ``min`` and ``max`` both show (wire-facts 8.2)."""

SURE_DIGITS = 15
"""As many significant digits a float keeps of what was typed; one that shows fewer is what somebody meant."""
NOISE = Decimal("1e-12")

CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?", re.ASCII)


class Text(CellType):
    """Text as it was typed, blanks and newlines included; ``""`` is an empty cell (wire-facts 4.1)."""

    def accept(self, value: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.accept`: any text whose length fits ``minLength`` and ``maxLength``."""
        expect(value, str, "text")
        if value == "":
            return None
        least, most = at.options.get("minLength"), at.options.get("maxLength")
        if least is not None and len(value) < least:
            raise Refused(f"the text has {len(value)} characters; minLength is {least}")
        if most is not None and len(value) > most:
            raise Refused(f"the text has {len(value)} characters; maxLength is {most}")
        return value


class Json(CellType):
    """A type that nobody knows, in a schema made elsewhere: any JSON is kept, and shown as it came."""

    may_hold_several: ClassVar[bool] = True
    ai: ClassVar[bool] = False

    def accept(self, value: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.accept`: whatever it is."""
        return value

    def reader(self, at: Field, scene: Scene) -> Callable[[Row], Any]:
        """See :meth:`CellType.reader`."""
        key, multiple = at.id, at.multiple

        def read_cell(row: Row) -> Any:
            value = row.cells.get(key)
            return [] if value is None and multiple else value

        return read_cell

    def key(self, at: Field) -> Callable[[Row], Any]:
        """See :meth:`CellType.key`: filters compare its text."""
        key = at.id

        def folded(row: Row) -> str | None:
            value = row.cells.get(key)
            return None if value is None or value == [] else display(value).casefold()

        return folded


class SingleLineText(Text):
    """Text with lengths to keep to."""

    defaults: ClassVar[dict[str, Any]] = {"minLength": 0, "maxLength": 2147483647}


class Phone(Text):
    """A phone number, not checked."""

    ai: ClassVar[bool] = False
    defaults: ClassVar[dict[str, Any]] = {"format": "INTERNATIONAL", "countryCode": None}


class TimeOfDay(Text):
    """A time of day as text. The document names the type and shows no value; ISO form is assumed."""

    def accept(self, value: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.accept`: ``HH:MM``, with seconds if need be."""
        text = super().accept(value, at, scene)
        if text is not None and not CLOCK.fullmatch(text):
            raise Refused(f"{brief(value)} is no time of day; right would be '14:30' or '14:30:00'")
        return text


class Address(Text):
    """An address: text, or an object of texts. The document names the type and shows no value."""

    def accept(self, value: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.accept`."""
        if not isinstance(value, dict):
            return super().accept(value, at, scene)
        if any(not isinstance(part, (str, int, float, type(None))) for part in value.values()):
            raise Refused("an address is text, or an object whose values are texts or numbers")
        return dict(value) or None


class Number(CellType):
    """A number within ``min``, ``max`` and ``precision``; integral ones are JSON integers (wire-facts 4.1)."""

    family: ClassVar[str] = "number"
    defaults: ClassVar[dict[str, Any]] = {
        # The vendor's own default precision is unknown; eight digits hold a coordinate.
        "precision": 8,
        "min": UNSET,
        "max": UNSET,
        "showThousandSeparator": False,
        "thousandSeparatorLocale": "DEFAULT",
        "largeNumberAbbreviation": "NONE",
    }

    def accept(self, value: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.accept`: a JSON number, or text that is one; ``""`` is refused (wire-facts 5.2)."""
        expect(value, (int, float, str), "number")
        try:
            exact = Decimal(value if isinstance(value, str) else repr(value))
        except InvalidOperation:
            raise Refused(f"{brief(value)} is no number") from None
        if not exact.is_finite() or abs(exact.adjusted()) > 300:
            raise Refused(f"{brief(value)} is no number that can be kept")
        limits = self._limits(at)
        precision = limits.get("precision")
        if isinstance(value, float) and precision is not None:
            exact = _without_noise(exact, precision)
        self._check(exact, limits)
        return int(exact) if exact == exact.to_integral_value() else float(exact)

    def _limits(self, at: Field) -> dict[str, Any]:
        return at.options

    def _check(self, exact: Decimal, limits: dict[str, Any]) -> None:
        least, most, precision = limits.get("min"), limits.get("max"), limits.get("precision")
        if least is not None and least != UNSET and exact < Decimal(repr(least)):
            raise Refused(f"{exact} is less than min, which is {least}")
        if most is not None and most != UNSET and exact > Decimal(repr(most)):
            raise Refused(f"{exact} is more than max, which is {most}")
        exponent = exact.normalize().as_tuple().exponent
        if precision is not None and isinstance(exponent, int) and -exponent > precision:
            raise Refused(f"{exact} has {-exponent} decimals; precision is {precision}")

    def key(self, at: Field) -> Callable[[Row], Any]:
        """See :meth:`CellType.key`."""
        key = at.id
        return lambda row: row.cells.get(key)


def _without_noise(exact: Decimal, precision: int) -> Decimal:
    """The number that a sum of floats such as 0.1 + 0.2 stands for; what has too many decimals stays as it is."""
    if len(exact.as_tuple().digits) < SURE_DIGITS:
        return exact
    rounded = Decimal(repr(round(float(exact), precision)))
    return rounded if abs(rounded - exact) <= NOISE * abs(exact) else exact


class Rating(Number):
    """A whole number from 0 to ``max``."""

    defaults: ClassVar[dict[str, Any]] = {"max": 5, "shape": "STAR"}

    def _limits(self, at: Field) -> dict[str, Any]:
        return {**at.options, "min": 0, "precision": 0}


class Checkbox(CellType):
    """``true`` or ``false``, and never null (wire-facts 4.1)."""

    family: ClassVar[str] = "flag"

    def accept(self, value: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.accept`: a boolean, or its word."""
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            value = value.lower() == "true"
        expect(value, bool, "checkbox value; right would be true or false")
        return value

    def reader(self, at: Field, scene: Scene) -> Callable[[Row], Any]:
        """See :meth:`CellType.reader`."""
        return self.key(at)

    def key(self, at: Field) -> Callable[[Row], Any]:
        """See :meth:`CellType.key`."""
        key = at.id
        return lambda row: row.cells.get(key) or False
