"""Pose: where the body's and the hands' points are in a picture, by networks that MediaPipe's authors published."""
