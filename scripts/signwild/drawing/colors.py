"""The colours of the classes, the same in every picture."""

from signwild.base.classes import CLASSES

CLASS_COLORS = dict(zip(CLASSES, ("#0072b2", "#e69f00", "#8a8a8a"), strict=True))
"""Blue and orange from the palette of Okabe and Ito (2008), distinct for colour-blind people, and a grey between."""
