r"""Mathematics in Markdown: `$…$`, `$$…$$`, `\(…\)` and `\[…\]` become MathML, and prices stay prices."""

import re
from collections.abc import Sequence

from django.utils.html import escape
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin

# A longer formula is shown as it was written: converting takes time with its length and its depth.
MAX_CHARACTERS = 2_000
MAX_DEPTH = 40

MATHML_TAGS = frozenset(
    {
        "math",
        "menclose",
        "mfrac",
        "mi",
        "mmultiscripts",
        "mn",
        "mo",
        "mover",
        "mpadded",
        "mphantom",
        "mprescripts",
        "mroot",
        "mrow",
        "ms",
        "mspace",
        "msqrt",
        "mstyle",
        "msub",
        "msubsup",
        "msup",
        "mtable",
        "mtd",
        "mtext",
        "mtr",
        "munder",
        "munderover",
    }
)
MATHML_ATTRIBUTES: dict[str, frozenset[str]] = {
    "math": frozenset({"display", "alttext"}),
    "menclose": frozenset({"notation"}),
    "mfrac": frozenset({"linethickness"}),
    "mi": frozenset({"mathvariant"}),
    "mo": frozenset(
        {"fence", "form", "largeop", "lspace", "maxsize", "minsize", "movablelimits", "rspace", "stretchy"}
    ),
    "mover": frozenset({"accent"}),
    "mspace": frozenset({"width"}),
    "mstyle": frozenset({"displaystyle", "scriptlevel"}),
    "mtable": frozenset({"columnalign", "columnlines", "columnspacing", "rowlines", "rowspacing"}),
    "mtd": frozenset({"columnalign"}),
    "munder": frozenset({"accentunder"}),
}

_CLOSINGS = {"\\(": "\\)", "\\[": "\\]"}
_KANA_OR_KANJI = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_FORMULA_SIGN = re.compile(r"[\\^_{}=<>+*/|]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_ALIGNED = re.compile(
    r"(?<=\\begin\{)(?:aligned|split|gather\*?|gathered)(?=\})|(?<=\\end\{)(?:aligned|split|gather\*?|gathered)(?=\})"
)
_TEXT_COMMAND = re.compile(r"\\(?:text|mathrm|mbox|textbf|textit)\w*\s*\{[^{}]*\}")


def mathematics(reader: MarkdownIt) -> None:
    """Teach a Markdown reader the four ways of writing a formula."""
    reader.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, double_inline=True)
    reader.inline.ruler.before("escape", "math_brackets", _brackets_inline)
    reader.block.ruler.before(
        "fence", "math_brackets_block", _brackets_block, {"alt": ["paragraph", "list", "blockquote"]}
    )
    reader.add_render_rule("math_inline", _inline_html)
    reader.add_render_rule("math_inline_double", _display_html)
    reader.add_render_rule("math_block", _display_html)


def formula_html(latex: str, *, is_display: bool) -> str:
    """A formula as MathML; one that cannot be converted, as it was written."""
    latex = latex.strip()
    try:
        if not latex or len(latex) > MAX_CHARACTERS or latex.count("{") > MAX_DEPTH * 4 or _depth(latex) > MAX_DEPTH:
            raise ValueError
        mathml = convert(_ALIGNED.sub("align*", latex), display="block" if is_display else "inline")
        if "<mi>\\" in mathml:  # a command that the library does not know
            raise ValueError
    except Exception:  # the library raises whatever its parser meets; a formula must not cost the answer
        return f"<code>{escape(latex)}</code>"
    mathml = mathml.replace("<math ", f'<math alttext="{escape(latex)}" ', 1)
    return f'<span class="formula">{mathml}</span>' if is_display else mathml


def _depth(latex: str) -> int:
    depth = deepest = 0
    for sign in latex:
        depth += (sign == "{") - (sign == "}")
        deepest = max(deepest, depth)
    return deepest


def _is_money(content: str) -> bool:
    """Whether what stands between two dollar signs is text about money: Japanese, or a number followed by plain words."""
    bare = _TEXT_COMMAND.sub("", content)
    if _KANA_OR_KANJI.search(bare):
        return True
    return content[0].isdigit() and not _FORMULA_SIGN.search(bare) and bool(_WORD.search(bare))


def _inline_html(
    _renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[index]
    if token.markup == "$" and _is_money(token.content):
        return f"${escape(token.content)}$"
    return formula_html(token.content, is_display=False)


def _display_html(
    _renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return formula_html(tokens[index].content, is_display=True)


def _brackets_inline(state: StateInline, silent: bool) -> bool:
    r"""`\(…\)`, and `\[…\]` in the middle of a paragraph."""
    opening = state.src[state.pos : state.pos + 2]
    if opening not in _CLOSINGS:
        return False
    end = state.src.find(_CLOSINGS[opening], state.pos + 2, state.pos + 2 + MAX_CHARACTERS)
    if end < 0 or not state.src[state.pos + 2 : end].strip():
        return False
    if not silent:
        token = state.push("math_inline" if opening == "\\(" else "math_inline_double", "math", 0)
        token.content = state.src[state.pos + 2 : end]
        token.markup = opening
    state.pos = end + 2
    return True


def _brackets_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    r"""`\[` at the beginning of a line up to the line that ends with `\]`; no empty line between."""
    if state.is_code_block(start_line):
        return False
    lines: list[str] = []
    for line in range(start_line, end_line):
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
        if not text or (line == start_line and not text.startswith("\\[")):
            return False
        lines.append(text)
        if "\\]" in text:
            break
    content = "\n".join(lines)
    if not content.endswith("\\]") or content.find("\\]") != len(content) - 2:
        return False
    if silent:
        return True
    token = state.push("math_block", "math", 0)
    token.block = True
    token.content = content[2:-2]
    token.markup = "\\["
    token.map = [start_line, start_line + len(lines)]
    state.line = start_line + len(lines)
    return True
