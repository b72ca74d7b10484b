"""Pose: points of the body and the hands in a picture, from networks published by MediaPipe's authors."""
