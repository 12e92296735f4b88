"""The references of the zoo, by hand and from the papers. They know no spec and no framework."""

from . import acon as acon
from . import dyrelu as dyrelu
from . import elementary as elementary
from . import excite as excite
from . import funnel as funnel
from . import gated as gated
from . import leaky as leaky
from . import saturating as saturating
from . import shrinkage as shrinkage
