from lastack._core import *
