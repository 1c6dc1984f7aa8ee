"""What the pictures of one visit say together of a face's attributes: the means, and what they tell. Pure.

One picture of a face in motion says little: over the sample film the male probability of one person runs from 0.21
to 0.54 and the age of another from 43 to 46 (measured). So ages and probabilities are averaged over all pictures
of a visit that a model looked at, each counting once, and the mean is held against the marks.
"""

from dataclasses import dataclass
from typing import Dict, Tuple

from sophon_report.model import Attributes, Likelihood


@dataclass(frozen=True)
class AttributeMeans:
    """Sums over pictures; as large after a day as after a second."""

    ages: int = 0
    years: float = 0.0
    likely: Tuple[Tuple[int, Likelihood], ...] = ()
    """How many pictures told it, and the mean with the marks of the last of them."""

    @classmethod
    def of(cls, seen: Attributes) -> "AttributeMeans":
        """Those of one picture."""
        ages = int(seen.age_years is not None)
        return cls(ages, seen.age_years or 0.0, tuple((1, one) for one in seen.likely))

    def and_of(self, later: "AttributeMeans") -> "AttributeMeans":
        """Those of both sets of pictures, which have none in common."""
        likely: Dict[str, Tuple[int, Likelihood]] = {one.attribute: (count, one) for count, one in self.likely}
        for count, one in later.likely:
            before = likely.get(one.attribute)
            if before is not None:
                total = before[0] + count
                share = (before[0] * before[1].probability + count * one.probability) / total
                likely[one.attribute] = (total, Likelihood(one.attribute, share, one.no_to, one.yes_from))
            else:
                likely[one.attribute] = (count, one)
        return AttributeMeans(self.ages + later.ages, self.years + later.years, tuple(likely.values()))

    def told(self) -> Attributes:
        """What they tell."""
        age_years = self.years / self.ages if self.ages else None
        return Attributes.told(tuple(one for _, one in self.likely), age_years)
