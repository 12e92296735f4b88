"""Ports Paddle sources to torch: notebooks and files, by tables of rules; imports no framework.

`port_source` ports a text, `port_files` files into a folder with the helpers that they need. The tables are in
`rules/`, the helpers in `twins/`.
"""

from ._observe import Observing as Observing
from ._port import Result as Result
from ._port import port_all as port_all
from ._port import port_files as port_files
from ._port import port_weights as port_weights
from ._proof import Proof as Proof
from ._source import Ported as Ported
from ._source import port_source as port_source
from ._verify import verified as verified
from .rules import rules as rules
