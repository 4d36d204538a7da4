from __future__ import annotations

import pytest

from dashboard.wording import WORD_JOINER, plain


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("http://evil.example", "http\\:{}//evil.example"),
        ("www.evil.example", "www{}.evil.example"),
        ("WWW.evil.example", "WWW{}.evil.example"),
        ("a@evil.example", "a@{}evil.example"),
        (":material/face:", "\\:{}material/face\\:"),
    ],
)
def test_addresses_and_icons_are_not_recognised(text: str, broken: str) -> None:
    """Prevents a name in a file from becoming a link: Streamlit seeks them behind the escapes."""
    assert plain(text) == broken.format(WORD_JOINER)


def test_markup_is_escaped_and_ordinary_text_is_not() -> None:
    assert plain("![x](y)<b>`$") == r"!\[x\](y)\<b\>\`\$"
    assert plain("Black, women: 12.5 mg/dl\n(at rest)") == r"Black, women\: 12.5 mg/dl (at rest)"
