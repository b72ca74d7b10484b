"""The line that ends the log of a failed attempt of a job (rules/attempts.sh)."""

import re

FAILED = re.compile(r"^attempt \d+ failed after (\d+) s with exit code \d+$")
