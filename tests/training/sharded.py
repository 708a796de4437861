"""`python -m playground` for processes that hold their weights in parts, on a machine without graphics cards.

accelerate shards weights among graphics cards alone; here it takes the processes' threads for cards.
"""

import runpy

from accelerate.state import PartialState
from accelerate.utils import DistributedType

make = PartialState.__init__


def taken_for_cards(self, *arguments, **settings):
    make(self, *arguments, **settings)
    if self.distributed_type == DistributedType.MULTI_CPU:
        self.distributed_type = DistributedType.MULTI_GPU


PartialState.__init__ = taken_for_cards
runpy.run_module("playground", run_name="__main__", alter_sys=True)
