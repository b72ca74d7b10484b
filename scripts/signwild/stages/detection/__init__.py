"""Detection: trained experiments slid over whole videos, evaluated as detectors, and exported."""
