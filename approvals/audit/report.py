"""What verifying found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that is not as it was written; `entry` or `seal` says where."""

    text: str
    entry: int | None = None
    seal: int | None = None

    def __str__(self) -> str:
        if self.entry is not None:
            return f"entry {self.entry} {self.text}"
        return self.text if self.seal is None else f"seal {self.seal} {self.text}"


@dataclass(kw_only=True)
class Report:
    entries: int = 0
    seals: int = 0
    erased: int = 0
    waiting: int = 0
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.problems

    @property
    def first_bad_entry(self) -> int | None:
        return min((one.entry for one in self.problems if one.entry is not None), default=None)

    def sorted_problems(self) -> list[Problem]:
        """Entries in the order they were written, then seals, then the rest."""
        return sorted(self.problems, key=_place)


def _place(problem: Problem) -> tuple[int, int]:
    if problem.entry is not None:
        return 0, problem.entry
    return (1, problem.seal) if problem.seal is not None else (2, 0)
