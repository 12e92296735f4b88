"""Hand-written references for the activation zoo, and a judge whose bounds are derived from them.

Knows no framework: arrays come in, verdicts go out.
"""

from ._evaluate import Bounded as Bounded
from ._evaluate import Expected as Expected
from ._evaluate import evaluate as evaluate
from ._judge import Actual as Actual
from ._judge import Comparison as Comparison
from ._judge import Verdict as Verdict
from ._judge import judge as judge
from ._photographs import feature_maps as feature_maps
from ._photographs import feature_sequences as feature_sequences
from ._photographs import feature_volumes as feature_volumes
from ._photographs import photographs as photographs
from ._photographs import random_maps as random_maps
from ._registry import find_reference as find_reference
from ._registry import reference as reference
from ._registry import references as references
