"""True and false as people write them. Anything else is refused: it might have meant the other."""

from __future__ import annotations

from publisher.content.notes import shown

SPELLINGS = {
    **dict.fromkeys(("true", "yes", "on", "y", "1"), True),
    **dict.fromkeys(("false", "no", "off", "n", "0"), False),
}


def read_flag(text: str) -> bool:
    """What a text means as a flag, in any case. Raises ValueError with a sentence."""
    flag = SPELLINGS.get(text.strip().lower())
    if flag is None:
        raise ValueError(f"expected true or false, not {shown(text)}")
    return flag
