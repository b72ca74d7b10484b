"""Settings that libraries read from the environment when they are loaded: import this module before them.

HDF5's locks fail on the file systems of many clusters and network shares, and no file is read before it is complete.
On a GPU, TensorFlow takes memory as it needs it, and not all at once: other programs may use the same GPU.
"""

import os

os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
