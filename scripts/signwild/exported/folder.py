"""Names of the files in an exported detector's folder (see ``exported.model``), and the shipped detector's path."""

from signwild.base.project import PROJECT

NETWORKS = "networks.h5"
FILES = ("detector.json", NETWORKS, "model_card.md")
CHECKSUMS = "SHA256SUMS"

STARTER = PROJECT / "detectors/starter"
"""The detector that comes with the project."""

MOST_SHIPPED_BYTES = 1_500_000
"""Size limit for all files of the detector that comes with the project, so a clone stays small."""
