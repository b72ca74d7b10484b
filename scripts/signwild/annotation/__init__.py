"""The annotator's loop: proposals in ELAN's files, agreement between annotations, and other programs' forms."""
