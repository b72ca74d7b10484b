"""Names of the files in an exported detector's folder (see ``detection.model``)."""

NETWORKS = "networks.h5"
FILES = ("detector.json", NETWORKS, "model_card.md")
CHECKSUMS = "SHA256SUMS"
