"""A small grammar for ``stop_condition``, in the languages that configs write it in.

Nothing is evaluated: a condition is parsed, and either it has one of the shapes whose meaning is
known, or it is refused. The grammar, after an enclosing ``{{ }}`` is taken off::

    condition  = alternative { "or" alternative }
    alternative = test { "and" test }
    test       = ["not"] operand [ comparison ]
    comparison = ("==" | "!=" | "<" | "<=" | ">" | ">=") operand
               | "is" ["not"] ("none" | "defined" | "true" | "false")
               | ["not"] "in" operand
    operand    = literal | "len" "(" path ")" | path [ "|" "length" ] | "(" condition ")"
    path       = name { "." name | "[" literal "]" | ".get(" literal [ "," literal ] ")" }
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeAlias

from msgspec import Struct

__all__ = ["Stop", "read_stop_condition"]

Kind: TypeAlias = Literal["more", "done", "missing", "empty", "short", "link", "pages", "nothing"]

TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'[^']*'|"[^"]*")
      | (?P<number>\d+)
      | (?P<name>[A-Za-z_@$][\w$-]*)
      | (?P<sign>==|!=|<=|>=|[<>().,\[\]|{}])
    )""",
    re.VERBOSE,
)
FLAG_PREFIX = r"(has|have|is)_"
MORE = re.compile(
    rf"({FLAG_PREFIX})?more(_(records|results|pages|items|data))?|{FLAG_PREFIX}next(_page)?"
)
DONE = re.compile(
    r"(is_)?(done|finished|completed?|exhausted|end)|is_last(_page)?|last_page|no_more(_\w+)?|no_next"
)
SIZES = frozenset({"last_page_size", "chunk_size", "page_size"})
COUNTS = frozenset({"count", "size", "total", "length"})
FALSE = frozenset({"false", "False", "0"})
NONE = frozenset({"none", "None", "null"})


class Stop(Struct, frozen=True):
    """What a condition says.

    Attributes:
        kind: ``more`` and ``done`` are flags, true while there is more and when there is none;
            ``missing`` is the end where no cursor is at the path; ``empty`` and ``short`` speak
            of the page's size, ``link`` of the ``Link`` header, ``pages`` of a page counter that
            reaches the number of pages; ``nothing`` adds nothing to what ends a walk anyway.
        path: Where in the body; for ``pages`` that of the number of pages.
        size: For ``short``, fewer records than this are the end.
    """

    kind: Kind
    path: str = ""
    size: int = 0


class Path(Struct, frozen=True):
    """A path into the reply; written out, without the word ``response`` before it."""

    steps: tuple[str, ...]
    length: bool = False
    changed: bool = False  # by a filter, or by a default where there is nothing

    @property
    def inner(self) -> tuple[str, ...]:
        """The steps behind ``response``."""
        return self.steps[1:] if self.steps[0] == "response" and self.steps[1:] else self.steps

    @property
    def root(self) -> str:
        """The first name."""
        return self.inner[0]

    def __str__(self) -> str:
        return ".".join(self.inner)


class Quoted(str):
    """A text that stands in quotes, and is no word of the language."""

    __slots__ = ()


class Test(Struct, frozen=True):
    """An operand, perhaps compared and negated."""

    left: Any
    sign: str = ""
    right: Any = None
    negated: bool = False


def read_stop_condition(text: str, selector: str | None) -> Stop | None:
    """What *text* says, or None where that is not known.

    Args:
        text: The condition.
        selector: The resource's data_selector, to tell records from cursors.
    """
    text = text.strip().removeprefix("{{").removesuffix("}}").strip()
    if text in {"", *NONE}:
        return Stop("nothing")
    try:
        alternatives = Parser(text).condition()
    except SyntaxError:
        return None
    readings = [_conjunction(tests, selector) for tests in alternatives]
    known = [reading for reading in readings if reading is not None]
    if len(known) < len(readings):
        return None
    strongest = sorted(known, key=lambda stop: ("short", "empty").index(stop.kind)
                       if stop.kind in {"short", "empty"} else 2)  # fmt: skip
    kinds = {stop.kind for stop in known}
    return strongest[0] if len(known) == 1 or kinds <= {"short", "empty", "missing"} else None


def _conjunction(tests: list[Test], selector: str | None) -> Stop | None:
    """Several tests at once are known only as "none of these paths has a value"."""
    readings = [_reading(test, selector) for test in tests]
    if len(readings) == 1:
        return readings[0]
    paths = [stop.path for stop in readings if stop is not None and stop.kind == "missing"]
    return Stop("missing", "|".join(paths)) if len(paths) == len(readings) else None


def _reading(  # noqa: PLR0911 - one return a shape
    test: Test, selector: str | None
) -> Stop | None:
    left, right = test.left, test.right
    if test.sign == "in":
        inside = (*right.steps, str(left)) if isinstance(right, Path) else ()
        return _absent(Path(inside)) if inside and test.negated else None
    if not isinstance(left, Path):
        return None
    if left.length or str(left) in SIZES:
        return _size(test)
    if "config" in {left.root, *(right.steps[:1] if isinstance(right, Path) else ())}:
        return None
    if left.root in {"headers", "link"}:
        return Stop("link")
    match test.sign:
        case "":
            return _bare(left, selector, negated=test.negated)
        case "==" if isinstance(right, Path):
            counts = re.search("count|total", str(left)) is not None
            return Stop("pages", str(left if counts else right))
        case "==" | "is":
            return _equal(left, str(right), negated=test.negated)
        case "<" | "<=" if left.steps[-1] in COUNTS:
            return Stop("nothing")
        case _:
            return None


def _bare(path: Path, selector: str | None, *, negated: bool) -> Stop | None:
    flag = _flag(path)
    if negated:
        if flag == "more":
            return Stop("more", str(path))
        if str(path) == selector:
            return Stop("empty")
        return None if flag == "done" else _absent(path)
    return Stop(flag, str(path)) if flag else None


def _equal(path: Path, value: str, *, negated: bool) -> Stop | None:
    if value in NONE or value == "defined":
        return None if negated == (value != "defined") else _absent(path)
    if value in FALSE:
        return None if negated else Stop("more", str(path))
    if value in {"true", "True"} and _flag(path) == "done" and not negated:
        return Stop("done", str(path))
    return None


def _size(test: Test) -> Stop | None:
    if test.sign in {"==", "<="} and test.right == 0 and not test.negated:
        return Stop("empty")
    if test.sign == "<" and isinstance(test.right, int) and not test.negated:
        return Stop("short", size=test.right)
    return Stop("empty") if test.negated and not test.sign else None


def _absent(path: Path) -> Stop:
    return Stop("link") if path.root == "headers" else Stop("missing", str(path))


def _flag(path: Path) -> Literal["more", "done"] | None:
    """Whether the path's last name is that of a flag; below ``links`` it is a link."""
    if {"links", "_links"} & set(path.steps[:-1]):
        return None
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", path.steps[-1]).lower()
    if MORE.fullmatch(snake):
        return "more"
    return "done" if DONE.fullmatch(snake) else None


class Parser:
    """Recursive descent over the tokens of a condition.

    Raises:
        SyntaxError: From any method, where the text is not of the grammar.
    """

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._changed = False
        at = 0
        while at < len(text.rstrip()):
            match = TOKEN.match(text, at)
            if match is None:
                raise SyntaxError(text[at:])
            kind = str(match.lastgroup)
            self._tokens.append((kind, match[kind]))
            at = match.end()

    def condition(self) -> list[list[Test]]:
        """The whole text: alternatives of tests that hold together."""
        alternatives = self._alternatives()
        if self._tokens:
            raise SyntaxError(self._tokens[0][1])
        return alternatives

    def _alternatives(self) -> list[list[Test]]:
        alternatives = [self._tests()]
        while self._take("or"):
            alternatives.append(self._tests())
        return alternatives

    def _tests(self) -> list[Test]:
        tests = [self._test()]
        while self._take("and"):
            tests.append(self._test())
        return tests

    def _test(self) -> Test:
        negated = False
        while self._take("not"):
            negated = not negated
        if self._take("("):
            inner = self._alternatives()
            self._need(")")
            if len(inner) != 1 or len(inner[0]) != 1:
                raise SyntaxError("(")
            only = inner[0][0]
            return Test(only.left, only.sign, only.right, only.negated != negated)
        left = self._operand()
        if self._take("is"):
            negated = self._take("not") != negated
            return Test(left, "is", self._next("name"), negated)
        if self._take("in"):
            return Test(left, "in", self._operand(), negated)
        if self._take("not"):
            self._need("in")
            return Test(left, "in", self._operand(), not negated)
        for sign in ("==", "!=", "<=", ">=", "<", ">"):
            if self._take(sign):
                negated = negated != (sign == "!=")
                return Test(left, "==" if sign == "!=" else sign, self._operand(), negated)
        return Test(left, negated=negated)

    def _operand(self) -> Any:
        kind, text = self._peek()
        if kind == "text":
            return Quoted(self._next("text")[1:-1])
        if kind == "number":
            return int(self._next("number"))
        if text == "len":
            self._next("name")
            self._need("(")
            path = self._path()
            self._need(")")
            return Path(path.steps, length=True)
        if text in {"true", "True", "false", "False", *NONE}:
            return self._next("name")
        return self._path()

    def _path(self) -> Path:
        steps = [self._next("name")]
        while True:
            if self._take("."):
                name = self._next("name")
                steps += [self._argument()] if name == "get" and self._take("(") else [name]
            elif self._take("["):
                steps.append(str(self._operand()))
                self._need("]")
            else:
                break
        length = False
        while self._take("|"):
            name = self._next("name")
            length = name in {"length", "count"} or length
            self._changed = self._changed or name != "tojson"
            if self._take("("):
                self._need(")")
        changed, self._changed = self._changed, False
        return Path(tuple(steps), length, changed)

    def _argument(self) -> str:
        """The key of ``.get(key, default)``; the default says nothing about the end."""
        key = self._next("text")[1:-1]
        if self._take(","):
            if self._take("{"):
                self._need("}")
            elif self._take("["):
                self._need("]")
            else:
                self._changed = self._operand() not in {*NONE, "", "false", "False"}
        self._need(")")
        return key

    def _peek(self) -> tuple[str, str]:
        return self._tokens[0] if self._tokens else ("", "")

    def _take(self, text: str) -> bool:
        kind, found = self._peek()
        if found == text and kind != "text":
            self._tokens.pop(0)
            return True
        return False

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise SyntaxError(self._peek()[1])

    def _next(self, kind: str) -> str:
        if self._peek()[0] != kind:
            raise SyntaxError(self._peek()[1])
        return self._tokens.pop(0)[1]
