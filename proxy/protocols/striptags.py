"""PHP's strip_tags, with its view of quotes, comments and PHP code: what it leaves is what gets stored.

Pure. It is no HTML parser and no safeguard against markup; it answers only "which text will WordPress
keep of this?". The states and their moves are those of ext/standard/string.c (php_strip_tags_ex).
"""

from __future__ import annotations

from enum import Enum, auto

_PHP_SPACE = " \t\n\r\v\f"


class _State(Enum):
    TEXT = auto()
    TAG = auto()
    PHP = auto()  # after <?
    DECLARATION = auto()  # after <!
    COMMENT = auto()  # after <!--


def strip_tags(text: str) -> str:
    """Strip a text of its tags as PHP does."""
    if "<" not in text:
        return text.replace("\0", "")
    return _Stripper(text).run()


class _Stripper:
    """One run over one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._kept: list[str] = []
        self._state = _State.TEXT
        self._quote = ""  # the quotation mark that we are inside of
        self._depth = 0  # of '<' inside a tag
        self._brackets = 0  # of '(' inside PHP code
        self._last = ""  # PHP code: the last mark that counted
        self._is_xml = False

    def run(self) -> str:
        moves = {
            _State.TEXT: self._in_text,
            _State.TAG: self._in_tag,
            _State.PHP: self._in_php,
            _State.DECLARATION: self._in_declaration,
            _State.COMMENT: self._in_comment,
        }
        for at, character in enumerate(self._text):
            moves[self._state](at, character)
        return "".join(self._kept)

    def _before(self, at: int, text: str) -> bool:
        return self._text[max(0, at - len(text)) : at].lower() == text

    def _in_text(self, at: int, character: str) -> None:
        if character == "<" and not self._quote:
            if self._text[at + 1 : at + 2] in _PHP_SPACE and at + 1 < len(self._text):
                self._kept.append(character)
            else:
                self._state, self._last = _State.TAG, "<"
        elif character == ">" and (self._depth or self._quote):
            self._depth = max(0, self._depth - 1)
        elif character not in "\0<":
            self._kept.append(character)

    def _in_tag(self, at: int, character: str) -> None:
        if character == "<" and not self._quote:
            self._depth += self._text[at + 1 : at + 2] not in _PHP_SPACE or at + 1 == len(self._text)
        elif character == ">":
            if self._closes() and not (self._is_xml and self._before(at, "-")):
                self._leave()
        elif character in "\"'":
            self._toggle(at, character)
        elif character == "!" and self._before(at, "<"):
            self._state, self._last = _State.DECLARATION, "!"
        elif character == "?" and self._before(at, "<"):
            self._state, self._brackets = _State.PHP, 0

    def _in_php(self, at: int, character: str) -> None:
        if character in "()" and self._last not in ("'", '"'):
            self._last = character
            self._brackets += 1 if character == "(" else -1
        elif character == ">":
            if self._closes() and not self._brackets and self._last != '"' and self._before(at, "?"):
                self._leave()
        elif character in "\"'" and not self._before(at, "\\"):
            self._last = "" if self._last == character else character if self._last != "\\" else self._last
            self._toggle(at, character)
        elif character in "lL" and at > 4 and self._before(at, "<?xm"):  # noqa: PLR2004 - as PHP has it
            self._state, self._is_xml = _State.TAG, True

    def _in_declaration(self, at: int, character: str) -> None:
        if character == ">":
            if self._closes():
                self._leave()
        elif character in "\"'" and not self._before(at, "\\"):
            self._toggle(at, character)
        elif character == "-" and self._before(at, "!-"):
            self._state = _State.COMMENT
        elif character in "eE" and self._before(at, "<!doctyp"):
            self._state = _State.TAG

    def _in_comment(self, at: int, character: str) -> None:
        if character == ">" and not self._quote and self._before(at, "--"):
            self._leave()

    def _toggle(self, at: int, mark: str) -> None:
        if at and self._quote in ("", mark):
            self._quote = "" if self._quote else mark

    def _closes(self) -> bool:
        """Whether a '>' here is not swallowed by an inner '<' or by a quotation."""
        if self._depth:
            self._depth -= 1
            return False
        return not self._quote

    def _leave(self) -> None:
        self._state, self._quote, self._is_xml = _State.TEXT, "", False
