"""Files of weights, read without the framework that wrote them and without running what is in them.

`read_weights` reads `.pdparams`, `.pdopt`, `.pdiparams` and safetensors; `carry` brings the arrays into torch's or
Flax's names and axes; `write_safetensors` and `write_pt` write them.
"""

from ._carry import Carried as Carried
from ._carry import carry as carry
from ._contents import Contents as Contents
from ._errors import WeightsFileError as WeightsFileError
from ._kinds import KINDS as KINDS
from ._kinds import kind_of as kind_of
from ._kinds import snake as snake
from ._prefix import common_start as common_start
from ._prefix import without_prefix as without_prefix
from ._prefix import wrapped_in as wrapped_in
from ._read import read_weights as read_weights
from ._safetensors import write_safetensors as write_safetensors
from ._torch_file import write_pt as write_pt
