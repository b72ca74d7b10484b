"""The demo data set: short rendered videos of people signing, speaking and doing other things.

The pictures are drawn, the faces come from a public-domain portrait, and the labels are exact.
The three classes differ only in movement: looks, sizes and rates are distributed equally among them.
"""
