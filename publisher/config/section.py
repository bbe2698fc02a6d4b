"""What the sections of config.yaml have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A section of the file. Keys that it does not know are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
