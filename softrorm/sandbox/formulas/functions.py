"""The functions of texts, numbers, lists and records: from a name to how many arguments it takes and what it does.

Positions in texts and lists start at 1. Where the glossary is silent, the likely thing is done: see the comments.
"""

from __future__ import annotations

import math
import random
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from softrorm.sandbox.formulas.values import Context, FormulaError, Moment, finite, number, parsed, text, truth

if TYPE_CHECKING:
    from collections.abc import Callable

    Entry = tuple[int, int, Callable[..., Any]]

MOST_TEXT = 1_000_000
ANY = 10**6
WORDS = re.compile(r"[^\s]+")


def whole(value: Any) -> int:
    """A number without its decimals."""
    return int(number(value))


def _left(_: Context, string: Any, count: Any) -> str:
    return text(string)[: max(whole(count), 0)]


def _right(_: Context, string: Any, count: Any) -> str:
    taken = max(whole(count), 0)
    return text(string)[-taken:] if taken else ""


def _mid(_: Context, string: Any, start: Any, length: Any) -> str:
    first = max(whole(start), 1) - 1
    return text(string)[first : first + max(whole(length), 0)]


def _find(_: Context, search: Any, within: Any, start: Any = 1) -> int:
    return text(within).find(text(search), max(whole(start), 1) - 1) + 1


def _search(_: Context, search: Any, within: Any, start: Any = 1) -> int:
    return text(within).lower().find(text(search).lower(), max(whole(start), 1) - 1) + 1


def _replace(_: Context, string: Any, start: Any, count: Any, new: Any) -> str:
    given, first = text(string), max(whole(start), 1) - 1
    return given[:first] + text(new) + given[first + max(whole(count), 0) :]


def _substitute(_: Context, string: Any, old: Any, new: Any, nth: Any = None) -> str:
    given, wanted, put = text(string), text(old), text(new)
    if not wanted:
        return given
    if nth is None:
        return given.replace(wanted, put)
    parts = given.split(wanted)
    at = whole(nth)
    if not 1 <= at < len(parts):
        return given
    return wanted.join(parts[:at]) + put + wanted.join(parts[at:])


def _capitalize(_: Context, string: Any) -> str:
    given = text(string)
    return given[:1].upper() + given[1:].lower()


def _proper(_: Context, string: Any) -> str:
    return WORDS.sub(lambda word: word.group()[:1].upper() + word.group()[1:].lower(), text(string))


def _domain(_: Context, url: Any) -> str:
    given = text(url).strip()
    return (urlsplit(given if "//" in given else f"//{given}").hostname or "").removeprefix("www.")


def _rept(_: Context, string: Any, times: Any) -> str:
    given, count = text(string), max(whole(times), 0)
    if len(given) * count > MOST_TEXT:
        raise FormulaError("too long a text")
    return given * count


def _regex(pattern: Any) -> re.Pattern[str]:
    try:
        return re.compile(text(pattern))
    except (re.error, OverflowError) as error:
        raise FormulaError(f"the pattern is malformed: {error}") from error


def _regex_extract(_: Context, string: Any, pattern: Any) -> str | None:
    match = _regex(pattern).search(text(string))
    return match.group() if match else None


def _regex_replace(_: Context, string: Any, pattern: Any, replacement: Any) -> str:
    put = re.sub(r"\$(\d)", r"\\g<\1>", text(replacement).replace("\\", "\\\\"))
    try:
        return _regex(pattern).sub(put, text(string))
    except (re.error, IndexError) as error:
        raise FormulaError(f"the replacement is malformed: {error}") from error


def _round(_: Context, value: Any, digits: Any = 0) -> float:
    # Ties are not documented: away from zero, on the decimal text.
    exact, places = Decimal(repr(float(number(value)))), whole(digits)
    if not -300 <= places <= 300:
        raise FormulaError(f"{places} digits")
    if places > 20 or exact.adjusted() + places > 20:  # a double has no such digits
        return float(exact)
    return float(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def _multiple(turn: Callable[[float], float]) -> Callable[..., float]:
    def turned(_: Context, value: Any, significance: Any = 1) -> float:
        step = Decimal(repr(float(number(significance))))
        if not step:
            return 0.0
        return float(Decimal(turn(float(Decimal(repr(float(number(value)))) / step))) * step)

    return turned


def _nearest(value: float) -> float:
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _numbers(arguments: tuple[Any, ...]) -> list[float]:
    """The numbers among arguments and their lists; null and text that is none are skipped."""
    found: list[float] = []
    for one in _flat(arguments):
        if isinstance(one, str):
            digits = parsed(one)
            found.extend([] if digits is None else [digits])
        elif isinstance(one, (int, float)):
            found.append(float(one))
    return found


def _flat(values: Any) -> list[Any]:
    found: list[Any] = []
    for one in values:
        found.extend(one if isinstance(one, list) else [one])
    return found


def _average(_: Context, *values: Any) -> float | None:
    found = _numbers(values)
    return sum(found) / len(found) if found else None


def _mod(_: Context, value: Any, divisor: Any) -> float:
    if not number(divisor):
        raise FormulaError("division by zero")
    return finite(number(value) % number(divisor))


def _sqrt(_: Context, value: Any) -> float:
    if number(value) < 0:
        raise FormulaError("the root of a negative number")
    return math.sqrt(number(value))


def _number(_: Context, value: Any) -> float | int:
    try:
        return number(value)
    except FormulaError:
        return 0


def _between(_: Context, low: Any, high: Any) -> int:
    least, most = math.ceil(number(low)), math.floor(number(high))
    if least > most:
        raise FormulaError(f"no number lies from {least} to {most}")
    return random.randint(least, most)  # noqa: S311 - chance, not a secret


def _compact(values: Any) -> list[Any]:
    return [one for one in _flat([values]) if one is not None and one != ""]


def _unique(_: Context, values: Any) -> str:
    return ", ".join(dict.fromkeys(map(text, _flat([values]))))


def _slice(_: Context, values: Any, start: Any, end: Any = None) -> str:
    first = max(whole(start), 1) - 1
    return text(_flat([values])[first : None if end is None else max(whole(end) - 1, 0)])


def _error(_: Context, *__: Any) -> Any:
    raise FormulaError("ERROR()")


def _t(_: Context, value: Any) -> str:
    return "" if isinstance(value, Moment) else text(value)


FUNCTIONS: dict[str, Entry] = {
    "CONCATENATE": (1, ANY, lambda _, *values: "".join(map(text, values))),
    "LEFT": (2, 2, _left),
    "RIGHT": (2, 2, _right),
    "MID": (3, 3, _mid),
    "LEN": (1, 1, lambda _, value: len(text(value))),
    "FIND": (2, 3, _find),
    "SEARCH": (2, 3, _search),
    "REPLACE": (4, 4, _replace),
    "SUBSTITUTE": (3, 4, _substitute),
    "TRIM": (1, 1, lambda _, value: text(value).strip()),
    "LOWER": (1, 1, lambda _, value: text(value).lower()),
    "UPPER": (1, 1, lambda _, value: text(value).upper()),
    "CAPITALIZE": (1, 1, _capitalize),
    "PROPER": (1, 1, _proper),
    "DOMAIN": (1, 1, _domain),
    "REPT": (2, 2, _rept),
    "T": (1, 1, _t),
    "STRINGIFY": (1, 1, lambda _, value: text(value, whole=True)),
    "REGEX_MATCH": (2, 2, lambda _, string, pattern: _regex(pattern).search(text(string)) is not None),
    "REGEX_EXTRACT": (2, 2, _regex_extract),
    "REGEX_REPLACE": (3, 3, _regex_replace),
    "NOT": (1, 1, lambda _, value: not truth(value)),
    "XOR": (1, ANY, lambda _, *values: sum(map(truth, values)) % 2 == 1),
    "ROUND": (1, 2, _round),
    "CEILING": (1, 2, _multiple(math.ceil)),
    "FLOOR": (1, 2, _multiple(math.floor)),
    "MROUND": (2, 2, _multiple(_nearest)),
    "ABS": (1, 1, lambda _, value: abs(number(value))),
    "SUM": (1, ANY, lambda _, *values: finite(sum(_numbers(values)))),
    "AVERAGE": (1, ANY, _average),
    "MIN": (1, ANY, lambda _, *values: min(_numbers(values), default=None)),
    "MAX": (1, ANY, lambda _, *values: max(_numbers(values), default=None)),
    "COUNT": (1, ANY, lambda _, *values: len(_compact(list(_flat(values))))),
    "MOD": (2, 2, _mod),
    "SQRT": (1, 1, _sqrt),
    "RANDBETWEEN": (2, 2, _between),
    "RAND": (0, 0, lambda _: random.random()),  # noqa: S311 - chance, not a secret
    "NUMBER": (1, 1, _number),
    "ARRAYCOMPACT": (1, 1, lambda _, values: text(_compact(values))),
    "ARRAYJOIN": (1, 2, lambda _, values, delimiter=", ": text(delimiter).join(map(text, _flat([values])))),
    "ARRAYUNIQUE": (1, 1, _unique),
    "ARRAYSLICE": (2, 3, _slice),
    "RECORD_ID": (0, 0, lambda context: context.record_id),
    "CREATED_TIME": (0, 0, lambda context: Moment(context.created)),
    "LAST_MODIFIED_TIME": (0, 0, lambda context: Moment(context.updated)),
    "ERROR": (0, ANY, _error),
    "BLANK": (0, 0, lambda _: ""),
    "TRUE": (0, 0, lambda _: 1),
    "FALSE": (0, 0, lambda _: 0),
}
