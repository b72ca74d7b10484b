"""Features that each fold learns from the frames of its training segments, without their labels."""
