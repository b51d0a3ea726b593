"""The expression language: filters as text, such as ``status is one of Urgent, Important and due < today``.

For the command line, and for programs whose users write filters. ``tokens`` cuts a text up, ``parser`` makes it the
tree that ``filter()`` takes; ``names``, ``words`` and ``values`` say what fields, operators and values are called,
``labels`` what linked records are, and ``source`` shows where one is wrong. What it compiles to is the business of the
compiler that query sets use.
"""

from softrorm.query.language.names import parse_attributes, parse_order
from softrorm.query.language.parser import parse_filter
from softrorm.query.language.source import InvalidExpression

__all__ = ["InvalidExpression", "parse_attributes", "parse_filter", "parse_order"]
