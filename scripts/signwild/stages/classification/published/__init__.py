"""A published detector of signing, as it comes: the speeds of a body's points, frame by frame, and one LSTM.

Moryossef, Tsochantaridis, Aharoni, Ebling and Narayanan, "Real-time sign language detection using human pose
estimation", SLRTP 2020; trained by them on the Public DGS Corpus, at 50 frames a second.
"""
