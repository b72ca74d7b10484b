"""Files of video: which there are, what is in them, and one decode of each."""
