"""Detection: trained experiments slid over whole videos, judged as detectors, and exported."""
