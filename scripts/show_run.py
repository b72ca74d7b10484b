"""Print what a run came to: its tables, its videos, and where everything is."""

import argparse
from pathlib import Path

import pandas as pd

from cli import program, run
from signwild.files import read_tables
from signwild.settings import read_yaml
