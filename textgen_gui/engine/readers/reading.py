"""What every reader reports beside the text itself."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Reading:
    """Format and encoding are known at once; warnings are complete when the last piece has been taken."""

    format: str
    encoding: str
    warnings: list[str] = field(default_factory=list)
