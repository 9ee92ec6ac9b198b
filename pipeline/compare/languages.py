"""What changed, said in the languages of the project: English stands in the code, French in ``schemas/``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipeline.problems import CannotDo


@dataclass(frozen=True)
class Language:
    """Says texts of the code in one language.

    Attributes:
        code: ``en`` or ``fr``, as the columns of tables have it.
        texts: by the English text; what is not there is said in English.
    """

    code: str = "en"
    texts: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, english: str, **values: object) -> str:
        """A text with its placeholders filled."""
        return self.texts.get(english, english).format_map(values) if values else self.texts.get(english, english)

    def number(self, number: int) -> str:
        """A number with the sign between thousands."""
        return f"{number:,}".replace(",", "\u202f" if self.code == "fr" else ",")

    def counted(self, number: int, noun: str) -> str:
        """A number with its noun in the right form: ``1 row``, ``1,200 rows``."""
        one, several = self.texts.get(noun, f"{noun}|{noun}s").split("|")
        is_one = number < 2 if self.code == "fr" else number == 1
        return f"{self.number(number)} {one if is_one else several}"


ENGLISH = Language()


def load_french(schemas: Path) -> Language:
    """The French texts.

    Raises:
        CannotDo: ``changelog.fr.yaml`` is missing, is no YAML or holds something else than texts.
    """
    try:
        raw: Any = yaml.load((schemas / "changelog.fr.yaml").read_bytes(), Loader=yaml.CSafeLoader)
        texts = {str(english): str(french) for english, french in raw.items()}
    except (OSError, yaml.YAMLError, AttributeError) as error:
        raise CannotDo(f"schemas/changelog.fr.yaml: is missing, is no YAML or holds no texts: {error!r}") from error
    return Language("fr", texts)
