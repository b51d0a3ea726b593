"""From the tokens of an expression to the tree that ``filter()`` takes.

::

    expression = all {"or" all}
    all        = one {"and" one}
    one        = "not" one | "(" expression ")" | condition
    condition  = field [operator values]                       a checkbox alone is a condition
    field      = name {"." name}                               what follows a dot is a field of the linked record
    operator   = "=" | "!=" | "<" | "<=" | ">" | ">=" | a look-up in words: is one of, contains, is empty, between
    values     = value {"," value} | value "and" value         as many as the operator takes
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from softrorm.client.errors import InvalidQuery
from softrorm.query.across import Across, through_lookup
from softrorm.query.conditions import EVERYTHING, Combinable
from softrorm.query.language.labels import linked, linked_by
from softrorm.query.language.names import field_is_called, field_of
from softrorm.query.language.source import InvalidExpression
from softrorm.query.language.tokens import Kind, Token, tokens
from softrorm.query.language.values import DIRECTIONS, dates_are, value_of
from softrorm.query.language.words import EQUAL, MOST_WORDS, SEVERAL, UNEQUAL, WORDS, operator_words, taken, undjangoed
from softrorm.query.lookups import condition
from softrorm.query.operators import Arity, Family, Operator, by_name, nearest

if TYPE_CHECKING:
    from softrorm.query.protocols import FieldLike

DEEPEST: Final = 100  # brackets in brackets
_TYPED: Final = re.compile(r" \((str|int|float|Decimal)\)")


def parse_filter(text: str, model: type[Any]) -> Combinable:
    """The tree that an expression means for a model, for ``Task.objects.filter(parse_filter(text, Task))``.

    Fields are named by their attribute, by their id or as in Softr, in capital letters or not; a name with blanks
    stands in quotes, and so does a value with blanks. ``=`` and ``is`` ask a field with several values whether it holds
    one. A link is compared with ids, that of a reflected model also with labels. ``not`` is the exact complement, with
    empty cells; ``!=`` and other negative operators leave it to the service whether an empty cell matches.

    Args:
        text: Such as ``status is one of Urgent, Important and due < today and not (tags = print or hours is empty)``;
            an empty text is everything.
        model: The model.

    Returns:
        The tree.

    Raises:
        InvalidExpression: It cannot be read, or asks for what cannot be; the message points at the place.

    Makes no request; with a link of a reflected model, one where its table's schema is not cached.
    """
    return _Parser(text, model).parse()


class _Parser:
    """Reads one expression, from the left."""

    def __init__(self, text: str, model: type[Any]) -> None:
        self._text = text
        self._model = model
        self._tokens = tokens(text)
        self._at = 0
        self._depth = 0

    def parse(self) -> Combinable:
        if len(self._tokens) == 1:
            return EVERYTHING
        tree = self._any()
        if self._token.kind is not Kind.END:
            self._refuse_rest()
        return tree

    # --- and, or, not ---------------------------------------------------------------------------

    def _any(self) -> Combinable:
        return self._joined("or", self._all, lambda left, right: left | right)

    def _all(self) -> Combinable:
        return self._joined("and", self._one, lambda left, right: left & right)

    def _joined(
        self, word: str, part: Callable[[], Combinable], join: Callable[[Combinable, Combinable], Combinable]
    ) -> Combinable:
        tree = part()
        while self._token.is_word(word):
            self._take()
            tree = join(tree, part())
        return tree

    def _one(self) -> Combinable:
        if self._token.is_word("not"):
            self._take()
            self._depth += 1
            self._refuse_depth()
            inner = self._one()
            self._depth -= 1
            return ~inner
        if not self._token.is_sign("("):
            return self._condition()
        opening = self._take()
        self._depth += 1
        self._refuse_depth()
        tree = self._any()
        self._depth -= 1
        if self._token.kind is Kind.END:
            raise self._wrong("the bracket ( is not closed", opening)
        if not self._token.is_sign(")"):
            self._refuse_rest()
        self._take()
        return tree

    # --- conditions -----------------------------------------------------------------------------

    def _condition(self) -> Combinable:
        first = self._token
        if first.kind not in {Kind.WORD, Kind.TEXT} or first.is_word("and", "or"):
            raise self._wrong(f"here should be the name of a field, not {first.shown}", first)
        links, field = self._path()
        last = self._tokens[self._at - 1]
        name = self._text[first.at : last.end]
        if self._is_end():
            if field.family is not Family.BOOLEAN:
                raise self._wrong(f"after {name} should come an operator. {taken(field)}", self._token)
            return _across(links, condition(field, by_name("IS"), True))
        began = self._token
        operator, negated = self._operator(field, name)
        place = began._replace(end=self._tokens[self._at - 1].end)
        meant = operator or by_name("HAS_ANY_OF" if field.family in SEVERAL else "IS")
        self._refuse_operator(field, meant, place)
        arity = Arity.ONE if operator is None else meant.arity
        values = self._values(field, meant, arity)
        if any(isinstance(value, Combinable) for value in values):
            tree = linked_by(field, meant, values)
        else:
            given: Any = True if arity is Arity.NONE else values[0] if arity is Arity.ONE else values
            try:
                tree = condition(field, operator, given)
            except InvalidQuery as error:
                end = self._tokens[self._at - 1].end
                raise InvalidExpression(_renamed(error, field), self._text, place.at, end) from None
        tree = _across(links, tree)
        return ~tree if negated else tree

    def _path(self) -> tuple[list[Any], FieldLike]:
        """The links before the dots, and the field behind the last."""
        token = self._take()
        own: dict[str, Any] = self._model._meta.query_fields
        if token.kind is Kind.WORD and token.text.casefold() in {field.name.casefold() for field in own.values()}:
            return [], self._field(token, self._model)  # which may have dots in its name
        parts = [*_parts(token)]
        # Quotes may stand around parts of a path: project."Due date"
        while self._token.at == token.end and self._token.kind in {Kind.WORD, Kind.TEXT}:
            token = self._take()
            parts += _parts(token)
        links: list[Any] = []
        model = self._model
        for part in parts[:-1]:
            link: Any = self._field(part, model)
            if not hasattr(link, "target"):
                raise self._wrong(f"{part.text!r} is no link, so nothing can follow it after a dot", part)
            links.append(link)
            model = link.target
        if links and parts[-1].text == "id":
            return links[:-1], links[-1]  # which holds the ids of linked records itself
        return links, self._field(parts[-1], model)

    def _field(self, token: Token, model: type[Any]) -> FieldLike:
        try:
            return field_of(model, token.text)
        except InvalidQuery as error:
            if whole := self._with_blanks(token, model):
                raise whole from None
            problem = undjangoed(token.text, model) or str(error)
            before = self._tokens[max(0, self._at - 2)]
            if before.is_word("or", "and") and not self._token.is_sign("=") and self._is_end():
                problem += " To ask for one of several values, write 'is one of'."
            raise self._wrong(problem, token) from None

    def _with_blanks(self, token: Token, model: type[Any]) -> InvalidExpression | None:
        """The error for a name with blanks that stands without quotes."""
        for last in self._tokens[self._at : self._at + 4]:
            name = self._text[token.at : last.end]
            if last.kind is not Kind.WORD:
                return None
            if field_is_called(model, name):
                return InvalidExpression(
                    f'a name with blanks stands in quotes: "{name}"', self._text, token.at, last.end
                )
        return None

    def _is_end(self) -> bool:
        """Whether a condition ends here."""
        return self._token.kind is Kind.END or self._token.is_word("and", "or") or self._token.is_sign(")")

    def _operator(self, field: FieldLike, name: str) -> tuple[Operator | None, bool]:
        """The operator that comes next, ``None`` for plain equality, and whether its complement is meant."""
        token = self._token
        words = [one.text.lower() for one in self._tokens[self._at : self._at + MOST_WORDS] if one.kind is Kind.WORD]
        spellings = ["_".join(words[:count]) for count in range(len(words), 0, -1)]
        if token.kind is Kind.SIGN:
            spellings = [token.text]
        for word in spellings:
            if word in EQUAL or word in UNEQUAL or word in WORDS:
                self._at += len(words) - spellings.index(word) if token.kind is Kind.WORD else 1
                if word in WORDS:
                    return WORDS[word], False
                several = field.family in SEVERAL
                return (None, word in UNEQUAL) if several or word in EQUAL else (by_name("IS_NOT"), False)
        near = nearest(token.text, operator_words(field)) if token.kind is Kind.WORD else ""
        raise self._wrong(f"after {name} should come an operator, not {token.shown}.{near} {taken(field)}", token)

    def _refuse_operator(self, field: FieldLike, operator: Operator, place: Token) -> None:
        if field.key == "id":
            raise self._wrong(
                "the service takes no filter on the id of a record, except by a RECORD_ID field, which the table lacks."
                f" To read one record by it: {self._get()}",
                place,
            )
        if not field.takes(operator):
            raise self._wrong(f"{_name(field)} holds {field.family.value} and cannot take this. {taken(field)}", place)

    def _get(self) -> str:
        """The command that reads the record of the id that comes next."""
        values = [token.text for token in self._tokens[self._at :] if token.kind in {Kind.WORD, Kind.TEXT}]
        return shlex.join(["softrorm", "get", self._model._meta.table_name, values[0] if values else "ID"])

    # --- values ---------------------------------------------------------------------------------

    def _values(self, field: FieldLike, operator: Operator, arity: Arity) -> list[Any]:
        if arity is Arity.NONE:
            return []
        if arity is Arity.ONE:
            return [self._value(field, operator)]
        closing = None
        if self._token.is_sign("(", "["):
            closing = ")" if self._take().text == "(" else "]"
            if self._token.is_sign(closing):
                self._take()
                return []
        values = [self._value(field, operator)]
        if arity is Arity.RANGE:
            if not (self._token.is_sign(",") or self._token.is_word("and")):
                raise self._wrong(f"here should be 'and' and the upper bound, not {self._token.shown}", self._token)
            self._take()
            values.append(self._value(field, operator))
        else:
            while self._token.is_sign(","):
                self._take()
                values.append(self._value(field, operator))
        if closing:
            if not self._token.is_sign(closing):
                raise self._wrong(f"here should be , or {closing}, not {self._token.shown}", self._token)
            self._take()
        return values

    def _value(self, field: FieldLike, operator: Operator) -> Any:
        token = self._token
        if token.kind not in {Kind.WORD, Kind.TEXT} or token.is_word("and", "or"):
            raise self._wrong(f"here should be a value for {_name(field)}, not {token.shown}", token)
        text, count = self._worded(field)
        end = self._tokens[self._at + count - 1].end
        for _ in range(count):
            self._take()
        try:
            value = linked(text, field) if hasattr(field, "target") else value_of(text, field)
            if value != "" and not isinstance(value, Combinable):  # "" asks for empty cells
                field.operand(operator, value)
        except ValueError as error:
            problem = _renamed(error, field) if isinstance(error, InvalidQuery) else f"{_name(field)}: {error}"
            if field.family is Family.DATE:
                problem += dates_are(text)
            is_text = field.family is not Family.NUMBER
            if is_text and token.kind is Kind.WORD and self._token.kind is Kind.WORD and not self._is_end():
                problem += self._quoted(token, self._token)
            raise InvalidExpression(problem, self._text, token.at, end) from None
        return value

    def _worded(self, field: FieldLike) -> tuple[str, int]:
        """The text of the value that comes next, and how many tokens it takes: relative dates are several words."""
        token = self._token
        if field.family is not Family.DATE or token.kind is not Kind.WORD or not token.is_word(*DIRECTIONS):
            return token.text, 1
        words = [one.text for one in self._tokens[self._at : self._at + 3] if one.kind is Kind.WORD]
        count = 3 if len(words) > 2 and words[1].isdecimal() else 2
        return " ".join(words[:count]), min(count, len(words))

    # --- tokens ---------------------------------------------------------------------------------

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _refuse_rest(self) -> None:
        token, before = self._token, self._tokens[self._at - 1]
        raise self._wrong(
            f"here should be 'and', 'or' or the end, not {token.shown}.{self._hint(before, token)}", token
        )

    def _hint(self, before: Token, token: Token) -> str:
        """What somebody may have meant by a token that cannot come after another."""
        after = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        if token.is_sign(",") and before.text.isdecimal() and after.text.isdecimal() and after.at == token.end:
            return f" Decimals stand behind a point: {before.text}.{after.text}."
        if token.is_sign(","):
            return " To ask for one of several values, write 'is one of'."
        if before.kind is not Kind.WORD:
            return ""
        if token.kind is Kind.SIGN and token.at == before.end and not token.is_sign(")"):
            end = re.compile(r"\S*").match(self._text, token.at)
            return self._quoted(before, token._replace(end=end.end() if end else token.end), "signs")
        if token.kind is not Kind.WORD:
            return ""
        if field_is_called(self._model, token.text):
            return " Conditions have 'and' or 'or' between them."
        return self._quoted(before, token)

    def _quoted(self, first: Token, last: Token, what: str = "blanks") -> str:
        return f' A value with {what} stands in quotes: "{self._text[first.at : last.end]}".'

    def _refuse_depth(self) -> None:
        if self._depth > DEEPEST:
            raise self._wrong(f"there are more than {DEEPEST} brackets in each other", self._token)

    def _wrong(self, problem: str, token: Token) -> InvalidExpression:
        return InvalidExpression(problem, self._text, token.at, token.end)


def _parts(token: Token) -> list[Token]:
    """The parts of a path between its dots."""
    if token.kind is Kind.TEXT:
        return [token]
    return [
        Token(Kind.WORD, match[0], token.at + match.start(), token.at + match.end())
        for match in re.finditer(r"[^.]+", token.text)
    ] or [token]


def _across(links: list[Any], inner: Any) -> Combinable:
    """A condition on a field of a linked record."""
    tree: Combinable = inner
    for link in reversed(links):
        direct = through_lookup(link, tree)
        tree = Across(link, tree) if direct is None else direct
    return tree


def _name(field: Any) -> str:
    return field.name or str(field.attribute)


def _renamed(error: Exception, field: FieldLike) -> str:
    """What was wrong, with the field as people call it; how Python reads what they typed is no matter to them."""
    message = re.sub(re.escape(field.label) + r"(__\w+)?", lambda _: _name(field), str(error))
    return _TYPED.sub("", message)
